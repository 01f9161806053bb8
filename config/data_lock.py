"""Who works on the data of the var folder, so that nobody takes them away from under him.

Two lock files of the kernel (flock): every command shares `data.lock`, what replaces or remakes the tables has it
alone; `serve.lock` belongs to the one server. The kernel gives them back when the last process that holds them ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from qingqu.common.errors import NotPossible

DATA = "data.lock"
SERVER = "serve.lock"
_open: dict[Path, int] = {}


def share() -> None:
    """Work on the data beside others, until this process ends.

    Raises NotPossible while somebody replaces them.
    """
    if not _take(DATA, fcntl.LOCK_SH):
        raise NotPossible(f"数据正在恢复或升级，请稍后再试（the data are being replaced）：{_holders(DATA)}")


def alone(purpose: str) -> None:
    """Have the data to oneself. Raises NotPossible, with the processes that work on them, where one does not."""
    if not _take(DATA, fcntl.LOCK_EX):
        raise NotPossible(f"数据正在使用，请先停止后再{purpose}（in use, stop it first）：{_holders(DATA)}")


def serve_alone() -> list[int]:
    """Be the only server of this folder; what a process of it must inherit so that it counts as the server.

    Raises NotPossible where another server runs.
    """
    if not _take(SERVER, fcntl.LOCK_EX):
        raise NotPossible(f"清渠已在这个数据目录中运行（Qingqu serves this folder already）：{_holders(SERVER)}")
    return list(_open.values())


def _take(name: str, kind: int) -> bool:
    """Whether the lock could be had. An account that may not write here can replace nothing and needs none."""
    file = settings.VAR_DIR / name
    try:
        if file not in _open:
            file.parent.mkdir(parents=True, exist_ok=True)
            _open[file] = os.open(file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(_open[file], kind | fcntl.LOCK_NB)
    except PermissionError:
        return True
    except BlockingIOError:
        return False
    return True


def _holders(name: str) -> str:
    """The processes that have this lock file open, without their children: «qingqu serve（进程 4711）»."""
    file = (settings.VAR_DIR / name).resolve()
    found = {process: said for process, said in _processes(file) if process != os.getpid()}
    heads = [f"{said}（进程 {process}）" for process, said in found.items() if _parent(process) not in found]
    return "、".join(heads) or "另一账户的进程（a process of another account）"


def _processes(file: Path) -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(Path(os.readlink(link)) == file for link in (folder / "fd").iterdir()):
                yield int(folder.name), _said((folder / "cmdline").read_text().rstrip("\0").split("\0"))
        except OSError:  # it has ended, or belongs to somebody else
            continue


def _said(words: list[str]) -> str:
    """A command line as the office types it: `/…/python /…/bin/qingqu restore x.zip` is «qingqu restore»."""
    names = [Path(word).name for word in words]
    for name in ("qingqu", "config.cli"):
        if name in names[:-1]:
            return f"qingqu {names[names.index(name) + 1]}"
    return "gunicorn" if "gunicorn" in names else names[0]


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
