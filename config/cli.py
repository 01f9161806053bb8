"""The one command line, `qingqu`: its commands are in `config/commands/`."""

from __future__ import annotations

import os
import sys

import click


def main() -> None:
    """Run a command. Exit code 0, or non-zero with one clear line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import pydantic

    try:
        import django

        django.setup()
    except pydantic.ValidationError as wrong:
        _fail("；".join(f"{_setting(fault['loc'])}：{fault['msg']}" for fault in wrong.errors()) + "（settings）")
    from django.utils import translation

    from config.commands import qingqu

    translation.activate("en" if os.environ.get("LANG", "").startswith("en") else "zh-hans")
    try:
        code = qingqu(prog_name="qingqu", standalone_mode=False)
    except Exception as problem:
        if (said := _said(problem)) is None:
            raise
        _fail(*said)
    sys.exit(code if isinstance(code, int) else 0)


def _said(problem: Exception) -> tuple[str, int] | None:
    """The line and the exit code of what may go wrong on a site; a fault of ours has none and keeps its traces."""
    from django.db import DatabaseError

    from qingqu.common.errors import NotPossible

    match problem:
        case NotPossible():
            return problem.reason, 1
        case click.exceptions.NoArgsIsHelpError():
            return problem.format_message(), problem.exit_code
        case click.UsageError():
            command = problem.ctx.command_path if problem.ctx else "qingqu"
            return f"{problem.format_message()}（用法：{command} --help）", problem.exit_code
        case click.ClickException():
            return problem.format_message(), problem.exit_code
        case click.Abort():
            return "已中断（interrupted）", 1
        case OSError() if problem.filename:
            return f"{problem.filename}：{problem.strerror}（cannot be read or written）", 1
        case DatabaseError():
            return _about_the_database(problem)
    return None


def _about_the_database(problem: Exception) -> tuple[str, int] | None:
    """A database that cannot be reached, or whose tables are not those of this version; nothing for another fault."""
    from django.db import DatabaseError

    from config.commands.running import require_tables
    from qingqu.common.errors import NotPossible

    try:
        require_tables()
    except NotPossible as outdated:
        return outdated.reason, 1
    except DatabaseError:
        return f"不能使用数据库（cannot use the database）：{str(problem).splitlines()[0]}", 1
    return None


def _setting(place: tuple[int | str, ...]) -> str:
    name = str(place[0])
    return name if name.isupper() else f"QINGQU_{name.upper()}"


def _fail(line: str, code: int = 1) -> None:
    print(line, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
