"""Bringing data in and out: setting up, rosters, exports."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from config import data_lock
from config.commands.running import lacks_tables
from config.sample.build import build
from config.settings import ENV
from qingqu.accounts.actions import issue_codes
from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation import actions, codes
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import departments_of
from qingqu.organisation.roster.importing import import_file
from qingqu.reports.exports import FORMATS
from qingqu.reports.exports import export as export_table
from qingqu.reports.tables import SHEETS


@click.command()
@click.option("--sample/--empty", default=False, help="With the fictional sample school, or with an empty one.")
@click.option("--school", default="", help="Name of the school, with --empty: makes it and its party office account.")
@click.option("--code", default="", help="Short code of the school that numbers begin with, such as YC5Z.")
@click.option("--office", default="党办", show_default=True, help="Name of the person who begins: the party office.")
def setup(sample: bool, school: str, code: str, office: str) -> None:
    """Make or update the tables and static files; then the sample school, or an empty one of your own."""
    if lacks_tables():
        data_lock.alone("升级")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if User.objects.exists():
        click.echo("数据库已有数据，保持原样（the database has data: left as it is）")
    elif sample:
        build(today(), say=click.echo)
    elif school:
        click.echo(_begin(school, code, office))
    else:
        click.echo(
            "已就绪。建立学校：qingqu setup --empty --school 校名 --code 代码（ready; name your school to begin）"
        )


@transaction.atomic
def _begin(name: str, code: str, office: str) -> str:
    """A school with nothing in it but the account that brings in its roster."""
    unit = actions.create_unit(None, kind=Unit.Kind.SCHOOL, name=name, code=code.upper(), by=None)
    person = actions.add_person(name=office, username="dangban", by=None)
    actions.give_duty(unit, person, Duty.Kind.PARTY_OFFICE, started_on=today(), by=None)
    [(_, plain)] = issue_codes([person], by=None)
    return (
        f"已建立“{name}”。请打开 /accounts/activate，用登录名 dangban 和启用码 {plain} 设置密码，然后导入名册。\n"
        f"(Open /accounts/activate with the sign-in name dangban and this code, set a password, import the roster.)"
    )


def the_school(code: str) -> Unit:
    """The school that a command is about: the only one, or the one with this code."""
    schools = Unit.objects.filter(kind=Unit.Kind.SCHOOL)
    found = list(schools.filter(code=code) if code else schools[:2])
    if len(found) == 1:
        return found[0]
    raise NotPossible(
        "请用 --school 指明学校代码（name the school by its code）" if found else "没有这所学校（no such school）"
    )


@click.command("import-roster")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would happen, write nothing.")
@click.option("--school", default="", help="Code of the school, where there are several.")
def import_roster(file: Path, dry_run: bool, school: str) -> None:
    """Take in a roster as the school keeps it: guesses the columns and prints what it took for what."""
    report = import_file(file, the_school(school), dry_run=dry_run)
    for line in report.lines:
        click.echo(line)
    if not report.good:
        sys.exit(1)


@click.command("issue-codes")
@click.option("--unit", default="", help="Code or name of a department; otherwise the whole school.")
@click.option("--person", default="", help="Sign-in name of one person who forgot his password: a new code for him.")
@click.option("--school", default="", help="Code of the school, where there are several.")
@click.option("--address", default="", help="Where the codes are used; otherwise the first trusted origin.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="An .xlsx file.")
def issue_codes_(unit: str, person: str, school: str, address: str, output: Path) -> None:
    """Make activation codes for everybody who has no password and no code yet, as a table to hand out."""
    found = the_school(school)
    address = address or f"{(ENV.trusted_origins or [f'http://{ENV.bind}'])[0]}{reverse('accounts:activate')}"
    people = _one_person(found, person) if person else _waiting(found, unit)
    if not people:
        raise NotPossible("没有要发放的人员（nobody needs a code）")
    with transaction.atomic():
        made = codes.slips(issue_codes(people, by=None))
        write_privately(output, codes.sheet(made, address))
    click.echo(
        f"{len(made)} 个启用码已写入 {output}，用后请删除（{len(made)} codes written; delete the file after use）"
    )


def _one_person(school: Unit, username: str) -> list[User]:
    people = list(codes.chosen(school, User.objects.filter(username=username).values_list("pk", flat=True)))
    if not people:
        raise NotPossible(f"在任人员中没有登录名“{username}”（nobody in office with this sign-in name）")
    return people


def _waiting(school: Unit, unit: str) -> list[User]:
    """Those of a department, or of the whole school, who have neither a password nor an unused code."""
    department = None
    if unit:
        departments = departments_of(school)
        department = departments.filter(code=unit).first() or departments.filter(name=unit).first()
        if department is None:
            raise NotPossible(f"没有部门“{unit}”（no such department）")
    waiting = codes.without_account(school, department.pk if department else None)
    return [person for person in waiting if not person.code_until]  # type: ignore[attr-defined]


def write_privately(path: Path, content: bytes) -> None:
    """A new file that only its owner reads; an existing one is not overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise NotPossible(f"{path} 已存在（the file exists）") from error
    except OSError as error:
        raise NotPossible(f"不能写入 {path}：{error.strerror}（cannot write）") from error
    with os.fdopen(handle, "wb") as out:
        out.write(content)


@click.command()
@click.argument("kind", type=click.Choice(list(SHEETS)))
@click.option("--year", type=int, help="Only this year.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--school", default="", help="Code of the school, where there are several.")
def export(kind: str, year: int | None, output: Path, school: str) -> None:
    """Write a table to a file: .xlsx or .csv by its ending."""
    ending = output.suffix.removeprefix(".")
    if ending not in FORMATS:
        raise NotPossible("文件名请以 .xlsx 或 .csv 结尾（.xlsx or .csv）")
    with transaction.atomic():
        made = export_table(kind, fmt=ending, school=the_school(school), year=year)
    output.write_bytes(made.content)
    click.echo(f"{output}：{made.rows} 行（rows）")
