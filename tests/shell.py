"""`qingqu` as somebody types it at a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def qingqu(var: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the SQLite database of the folder `var`, as a process of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QINGQU_") and key != "LANG"}
    place = kept | {"QINGQU_VAR_DIR": str(var), "DATABASE_URL": "", **settings}
    return subprocess.run(
        [sys.executable, "-m", "config.cli", *arguments], env=place, capture_output=True, text=True, check=False
    )


def refused(run: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert run.returncode, run.stdout
    [line] = run.stderr.removeprefix("核验 verify\n").splitlines()
    return line
