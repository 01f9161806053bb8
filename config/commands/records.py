"""Records in from the server: a file by hand, a folder where other systems put theirs."""

from __future__ import annotations

import time
from pathlib import Path

import click
from django.db import close_old_connections

from qingqu.datasets import folder
from qingqu.datasets.models import Batch

ROUND = 60
"""Seconds between two rounds of a watched folder."""


@click.command("import-records")
@click.argument("dataset")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--school", default="", help="Code of the school, where there are several.")
@click.option("--sheet", default="", help="Name of the sheet, where a workbook has several.")
def import_records(dataset: str, file: Path, school: str, sheet: str) -> None:
    """Take a file into a table of the school (DS1 …): its columns as named before, or as their headings say.

    Faulty rows are left out and listed. The rules look at a large file afterwards, in the background.
    """
    batch = folder.take_in(folder.table_named(dataset, school), file, source=Batch.Source.FILE, by=None, sheet=sheet)
    for line in folder.report_of(batch):
        click.echo(line)


@click.command("watch-folder")
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--once", is_flag=True, help="One round only; otherwise one a minute, until it is stopped.")
def watch_folder(root: Path, once: bool) -> None:
    """Take in every complete file in DIR/TABLE or DIR/SCHOOL/TABLE; moves each to done or failed, with a report.

    The background worker does the same for the folder of the settings.
    """
    while True:
        for target, line in folder.watch(root):
            click.echo(f"{target}: {line}")
        if once:
            return
        close_old_connections()
        time.sleep(ROUND)
