"""The one command line, `qingqu`: its commands are in `config/commands/`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run a command. Exit code 0, or non-zero with one clear line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import translation

    from config.commands import qingqu
    from qingqu.common.errors import NotPossible

    translation.activate("en" if os.environ.get("LANG", "").startswith("en") else "zh-hans")
    try:
        qingqu(prog_name="qingqu")
    except NotPossible as problem:
        print(problem.reason, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
