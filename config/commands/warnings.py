"""The rules from the server: the night's run by hand, the past, other values, one warning computed anew."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from config.commands.data import the_school
from qingqu.alerts import wording
from qingqu.alerts.engine import spark
from qingqu.alerts.engine.expressions import ExpressionError
from qingqu.alerts.forms import kept
from qingqu.alerts.indicators import rule_queries, rulebook
from qingqu.alerts.indicators.drafting import said_error
from qingqu.alerts.models import Alert, Colour, Rule
from qingqu.alerts.running import runs
from qingqu.alerts.running.replaying import replay
from qingqu.alerts.trying import backtesting, simulating, trials
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit

log = logging.getLogger("qingqu.alerts")
ENGINE = click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="What computes it."
)
SCHOOL = click.option("--school", default="", help="Code of the school, where there are several.")


@click.group()
def warn() -> None:
    """Warnings out of the records: run the rules, test them on the past, compute a warning anew."""


def _backend(engine: str) -> Any:
    """The engine that was asked for; None is DuckDB."""
    if engine == "duckdb":
        return None
    if missing := spark.missing():
        raise NotPossible(f"不能使用 Spark（Spark cannot be used）：{missing}")
    try:
        return spark.connect()
    except Exception as error:
        raise NotPossible(f"不能启动 Spark（Spark does not start）：{error}") from error


def _progress(done: int, of: int, line: str = "") -> None:
    """One line a check, apart from what the command answers."""
    click.echo(f"[{done}/{of}] {line}", err=True)


@warn.command("run")
@SCHOOL
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Judge as of this day, today by default.")
@ENGINE
def run_(school: str, on: datetime | None, engine: str) -> None:
    """What the clock does at night: all rules over all records, of one school or of all that run some.

    Raises, updates and withdraws warnings. Exit code 1 where a school could not be judged; the others are all the same.
    """
    day = on.date() if on else today()
    if day > today():
        raise NotPossible("不能按以后的日期核查（not as of a day to come）")
    backend, failed = _backend(engine), []
    for unit in _schools(school):
        try:
            done = runs.carry_out(runs.by_hand(unit, day), day=day, backend=backend, say=_progress)
        except Exception as error:
            log.debug("the records of school %s could not be judged", unit.code, exc_info=True)
            failed.append(f"{unit.code} {unit.name}：{error}")
            continue
        click.echo(
            f"{unit.code} {unit.name}：新提示 {done.raised}，更新 {done.refreshed}，消除 {done.lapsed}"
            f"（{done.raised} raised, {done.refreshed} updated, {done.lapsed} withdrawn）"
        )
    if failed:
        raise NotPossible("没有完成（could not be judged）：" + "；".join(failed))


def _schools(code: str) -> list[Unit]:
    if code:
        return [the_school(code)]
    with_rules = Rule.objects.filter(state=Rule.State.ON).values("school")
    if found := list(Unit.objects.filter(pk__in=with_rules).order_by("code")):
        return found
    raise NotPossible("没有学校启用指标（no school runs any indicator）")


@warn.command("backtest")
@click.argument("rule", required=False, default="")
@SCHOOL
@ENGINE
def backtest_(rule: str, school: str, engine: str) -> None:
    """What RULE (all that run, without it) finds in the whole history, by month. Nothing is raised.

    A RULE that the school has not adopted is tried with the values that it comes with.
    """
    unit = the_school(school)
    rules = backtesting.rules_to_test(unit, rule)
    if not rules:
        raise NotPossible("学校没有启用指标（the school runs no indicator）")
    for one in rules:
        _say_waiting(one)
        _say_empty(one, [check.id for check in rulebook.known(one.code).checks])
    total = 0
    for found in backtesting.backtest(unit, rules, backend=_backend(engine), say=_progress):
        colours = " ".join(f"{one.label} {one} {found.colours[one]}" for one in Colour if one in found.colours)
        name = rulebook.check_of(rulebook.known(found.code), found.check).name.zh
        click.echo(f"{found.code}/{found.check} {name}  {found.total}  {colours}".rstrip())
        for month, n in found.months.items():
            click.echo(f"  {month or '无日期（no day）'}  {n}")
        total += found.total
    click.echo(f"合计（in all） {total}")


@warn.command("simulate")
@click.argument("rule")
@click.option("--parameter", required=True, help="Its name in the indicator's definition, such as limit.")
@click.option("--values", "typed", required=True, help="As on the page, amounts in yuan, shares in per cent.")
@click.option(
    "--check", "check_id", default="", help="One check of the indicator; otherwise all that use the parameter."
)
@SCHOOL
@ENGINE
def simulate_(rule: str, parameter: str, typed: str, check_id: str, school: str, engine: str) -> None:
    """How many findings RULE would have brought with each value of a parameter: in all, a week, in the fullest week."""
    unit = the_school(school)
    (own,) = backtesting.rules_to_test(unit, rule)
    checks = [one.id for one in rulebook.known(rule).checks]
    if check_id and check_id not in checks:
        raise NotPossible(f"没有这一项检查（no such check）：{check_id}；{'、'.join(checks)}")
    tried = {one: trials.plain_parameters(own, one) for one in ([check_id] if check_id else checks)}
    using = [one for one, parameters in tried.items() if parameter in parameters]
    if not using:
        names = sorted({name for parameters in tried.values() for name in parameters})
        raise NotPossible(f"没有这个数值参数（no such parameter）：{parameter}；{'、'.join(names)}")
    spec = rulebook.known(rule).parameters[parameter]
    per = "%" if spec.type == "share" else ""
    values = [kept(spec, _number(text.strip().removesuffix(per))) for text in typed.split(",")]
    _say_waiting(own, apart_from=parameter)
    _say_empty(own, using)
    records = simulating.records_of(own, _backend(engine))
    for done, one in enumerate(using, 1):
        try:
            points = simulating.simulate(own, one, parameter, values, records)
        except ExpressionError as error:
            raise NotPossible(said_error(error)) from error
        _progress(done, len(using), f"{rule}/{one}")
        click.echo(f"{rule}/{one} {rulebook.check_of(rulebook.known(rule), one).name.zh}")
        for point in points:
            click.echo(
                f"  {point.label}：合计 {point.total}，每周 {point.weekly:.2f}，每月 {point.monthly:.1f}，"
                f"最多一周 {point.most}"
                f"（in all, a week, a month, fullest week）{'  ←' if point.is_current else ''}"
            )


def _say_empty(rule: Rule, checks: list[str]) -> None:
    """Checks of a table without records find nothing, which says nothing about the school."""
    names = {name: None for one in checks if (name := rule_queries.without_records(rule, one))}
    if names:
        click.echo(f"{rule.code}：没有记录（no records in） {'、'.join(names)}", err=True)


def _say_waiting(rule: Rule, apart_from: str = "") -> None:
    """Checks that need a local limit which nobody has entered find nothing."""
    if names := [name for name in rulebook.waiting(rule) if name != apart_from]:
        click.echo(f"{rule.code}：待设定（waits for） {'、'.join(names)}", err=True)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise NotPossible(f"不是数值（not a number）：{text.strip() or '—'}")
    if abs(number) > 10**12:
        raise NotPossible(f"数值太大（too large）：{text.strip()}")
    return number


@warn.command("replay")
@click.argument("alert", metavar="ALERT-ID")
@ENGINE
def replay_(alert: str, engine: str) -> None:
    """Compute a warning anew out of what was kept. ALERT-ID is its number, or the one in its address.

    Exit code 0: the identical result came out. 1: another one. 2: it cannot be known, with the reason.
    """
    found = Alert.objects.filter(number=alert).first()
    if found is None and alert.isascii() and alert.isdigit() and len(alert) < 18:
        found = Alert.objects.filter(pk=int(alert)).first()
    if found is None:
        raise NotPossible(f"没有核查提示 {alert}（no such warning）")
    click.echo(f"{found.number}：{wording.title(found)}", err=True)
    outcome = replay(found, _backend(engine))
    said = {True: "一致（identical）", False: "不同（different）", None: "不能判断（unknown）"}[outcome.same]
    click.echo(f"{found.number}：{said}。{outcome.label}")
    if not outcome.same:
        sys.exit(1 if outcome.same is False else 2)
