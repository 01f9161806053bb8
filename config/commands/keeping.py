"""Keeping what was written: verify, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from django.core.management import call_command

from config import backups, data_lock
from config.commands.running import require_tables
from qingqu.common.errors import NotPossible
from qingqu.trace import sequencer
from qingqu.trace.reconcile import titled
from qingqu.trace.recovery import recover
from qingqu.trace.signer import Refused
from qingqu.trace.verify import run_verify


@click.command()
def verify() -> None:
    """Replay the trace and compare every row with its last entry. Exit code 1 names what does not agree."""
    with click.progressbar(length=1000, label="核验 verify", file=sys.stderr) as bar:
        seen = 0

        def progress(part: float) -> None:
            nonlocal seen
            target = int(part * 1000)
            bar.update(target - seen)
            seen = target

        result = run_verify(progress=progress)
    for problem in titled(result.problems):
        click.echo(str(problem))
    click.echo(f"{result.entries} 条留痕，{result.rows} 行业务数据，根 {result.root}")
    if not result.ok:
        click.echo(f"发现 {result.problem_count} 处不一致（{result.problem_count} problems）")
        sys.exit(1)
    click.echo("一致（All of it agrees）")


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where the signer keeps its key.")
@click.option(
    "--after-restore", "reason", help="Why the log was rewound: keeps the old key as evidence, makes a new one."
)
def sign(folder: Path | None, reason: str | None) -> None:
    """Sign the newest checkpoint of the trace, if it continues the last one. Run it as an account of its own."""
    try:
        if reason:
            recover(folder or sequencer.signer_folder(), by=None, reason=reason)
        signed = sequencer.sign_latest(folder or sequencer.signer_folder())
    except Refused as refusal:
        raise NotPossible(f"拒绝签名，日志可能被改写或回退（The signer refuses）：{refusal}") from refusal
    click.echo(signed.note)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write database and files into one archive with a list of digests."""
    require_tables()
    click.echo(backups.backup(file))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace a database that is not empty; it is kept beside the new one.")
def restore(file: Path, force: bool) -> None:
    """Put a backup back, bring its tables up to this version, and verify it."""
    data_lock.alone("恢复")
    click.echo(backups.restore(file, force=force))
    call_command("migrate", interactive=False, verbosity=0)
    result = run_verify()
    for problem in titled(result.problems):
        click.echo(str(problem))
    if {problem.kind for problem in result.problems} == {"signer-ahead"}:
        click.echo('恢复备份就是回退。请说明原因（Restoring is a rewind; say why）：qingqu sign --after-restore "…"')
    if not result.ok:
        sys.exit(1)
    click.echo(f"{result.entries} 条留痕，一致（All of it agrees）")
