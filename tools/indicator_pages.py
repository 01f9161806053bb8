"""Write docs/indicators: a page for each indicator, out of its catalogue entry and its cases. Run it after a change."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

import yaml  # noqa: E402
from django.utils import translation  # noqa: E402

from qingqu.alerts import rulebook, wording  # noqa: E402
from qingqu.alerts.engine.incremental import BATCH_ONLY  # noqa: E402
from qingqu.alerts.engine.spec import AnyCheck, Events, Parameter, Rule  # noqa: E402
from qingqu.alerts.labels import BASES  # noqa: E402
from qingqu.datasets.catalogue import templates  # noqa: E402
from tests.alerts.cases import Case, cases, files  # noqa: E402

PAGES = ROOT / "docs/indicators"
INTRODUCTION = """\
What each looks at, with which limits, what it found in worked cases, and what it cannot know. The pages are written by
`python tools/indicator_pages.py` from the catalogue and the cases of the tests; a test fails when one is out of date.

A finding is a 核查提示: «look here, because …». It is no verdict on anybody. ★ marks the core set; ◔ waits for a
limit that the school has to enter.
"""
KINDS = {"planted": "Found", "clean": "Let be", "boundary": "At the limit"}
PRIMITIVES = {
    "predicate": "single rows",
    "aggregate": "rows that share {by}",
    "window": "rows of one {by} within any {days}",
    "nested": "groups inside groups: {inner} within {outer}",
    "peer": "a row against the median of its peers ({by}) in the months before",
    "trail": "a row against the median of the rows before it in its own series ({by})",
    "sequence": "runs of rows of one {by}, in order of {order}",
    "progression": "the values of one {by} at equal steps or ratios",
    "companions": "the same {member} together, over and over",
    "fence": "a group ({by}) far outside what is usual among its peers (Tukey's fence)",
    "link": "the same digest or code in this table and in {other}",
    "events": "order, persons and times of a case's steps ({kind})",
}


def pages() -> dict[str, str]:
    """File name → text of every page."""
    with translation.override("en"):
        return _pages()


def _pages() -> dict[str, str]:
    rules = rulebook.shipped()
    made = {f"{code}.md": "\n".join(_page(rule)).rstrip() + "\n" for code, rule in rules.items()}
    return {**made, "README.md": "\n".join(_index(rules.values())).rstrip() + "\n"}


def _index(rules: Any) -> Iterator[str]:
    yield "# Indicators\n"
    yield INTRODUCTION
    yield "| | indicator | 指标 | table | checks |\n|---|---|---|---|---|"
    for rule in rules:
        marks = ("★" if rule.core else "") + ("◔" if any(p.local for p in rule.parameters.values()) else "")
        table = rulebook.template_of(rule)
        cells = (f"[{rule.code}]({rule.code}.md) {marks}", rule.title.en, rule.title.zh, table.en, len(rule.checks))
        yield f"| {' | '.join(map(str, cells))} |"


def _page(rule: Rule) -> Iterator[str]:
    table = rulebook.template_of(rule)
    yield f"# {rule.code} {rule.title.en} · {rule.title.zh}\n"
    yield f"{rule.why.en} {rule.why.zh}\n"
    yield f"Area: {rule.area}. Table: {rule.dataset} {table.en} ({table.zh}).{' Core set.' if rule.core else ''}\n"
    yield "## What it cannot know\n"
    yield f"{rule.blind.en}\n\n{rule.blind.zh}\n"
    if rule.basis or rule.powers:
        yield "## Basis\n"
        if rule.basis:
            yield f"{rule.basis}{' (文号待核: to be confirmed by the school)' if rule.verify else ''}\n"
        if rule.powers:
            yield f"Powers of the starter library: {', '.join(f'{code} {_powers()[code]}' for code in rule.powers)}.\n"
    if rule.parameters:
        yield "## Parameters\n"
        yield "| parameter | 参数 | value | range | basis |\n|---|---|---|---|---|"
        yield from map(_parameter, rule.parameters.values())
        yield ""
    yield "## What it looks at\n"
    if values := files().get(rule.code, {}).get("values"):
        yield f"The cases assume {', '.join(_assumed(rule, name, typed) for name, typed in values.items())}.\n"
    for one in rule.checks:
        yield from _check(rule, one)


def _parameter(parameter: Parameter) -> str:
    value = "待设定: the school enters it" if parameter.local else wording.shown(parameter)
    bounds = ["" if bound is None else _bound(parameter, bound) for bound in (parameter.low, parameter.high)]
    span = "–".join(bounds) if any(bounds) else ""
    basis = BASES.get(parameter.basis, parameter.basis)
    return f"| {parameter.name.en} | {parameter.name.zh} | {value} | {span} | {basis} |"


def _bound(parameter: Parameter, bound: float) -> str:
    return wording.written(bound if parameter.type == "ratio" else int(bound), wording.kind_of(parameter))


def _assumed(rule: Rule, name: str, typed: Any) -> str:
    if isinstance(typed, dict):
        typed = "; ".join(f"{key} {value}" for key, value in typed.items())
    elif isinstance(typed, list):
        typed = ", ".join(typed)
    return f"“{rule.parameters[name].name.en}” {typed}"


def _check(rule: Rule, one: AnyCheck) -> Iterator[str]:
    table = rulebook.template_of(rule, one.dataset)
    is_nightly = not one.on_write or one.primitive in BATCH_ONLY
    yield f"### {one.name.en} · {one.name.zh}\n"
    said = PRIMITIVES[one.primitive].format_map(_Parts(rule, one))
    yield f"Looks at {said} in {table.en}{'; every night, not on writing' if is_nightly else ''}.\n"
    if one.where:
        yield f"- Only rows where `{_line(one.where)}`"
    if condition := next((v for n in ("when", "having") if (v := getattr(one, n, ""))), ""):
        yield f"- Found when `{_line(condition)}`"
    if one.primitive == "events":
        yield from _steps(rule, one)
    if unless := getattr(one, "unless", ""):
        yield f"- Not when `{_line(unless)}`"
    yield f"- {_levels(one)}"
    headers = {column.id: column.en for column in table.columns}
    yield f"- Shows {', '.join(headers.get(column, column) for column in one.evidence)}\n"
    yield from _cases([case for case in cases() if (case.code, case.check) == (rule.code, one.id)])


def _steps(rule: Rule, one: Events) -> Iterator[str]:
    """Which steps a rule about events speaks of, and what is between them."""
    if one.about:
        yield f"- Only cases with one of: {'、'.join(one.about)}"
    for name, steps in (("First", one.first), ("Then", one.then)):
        if steps:
            yield f"- {name}: {'、'.join(steps)}"
    for step in one.steps:
        after = ("、" if step.join == "all" else " or ").join(step.after)
        yield f"- Step {step.name}{f', after {after}' if after else ''}{', a choice' if step.choice else ''}"
    for name in ("at_least", "at_most", "limit"):
        if parameter := getattr(one, name):
            yield f"- {name.replace('_', ' ').capitalize()}: {rule.parameters[parameter].name.en}"


def _levels(one: AnyCheck) -> str:
    levels = one.levels
    if levels.always:
        return f"Always {levels.always}"
    parts = [
        f"{colour} when `{_line(test)}`" for colour, test in (("red", levels.red), ("orange", levels.orange)) if test
    ]
    said = f"{'; '.join(parts)}; else yellow"
    return said[0].upper() + said[1:]


def _cases(found: list[Case]) -> Iterator[str]:
    if not found:
        return
    yield "| case | rows | what it says |\n|---|---|---|"
    for case in found:
        says = [f"{colour}: {zh}<br>{en}" for colour, zh, en in case.finds] or ["nothing"]
        yield f"| {KINDS[case.kind]} | {case.why} | {'<br>'.join(says)} |"
    yield ""


class _Parts(dict[str, str]):
    """What a primitive is about, in the words of its table's headers and of its parameters."""

    def __init__(self, rule: Rule, one: AnyCheck) -> None:
        table = rulebook.template_of(rule, one.dataset)
        headers = {column.id: column.en.lower() for column in table.columns}
        for name, value in one:
            if name == "days":
                parameter = rule.parameters[value]
                self[name] = f"{parameter.value} days"
            elif name == "other":
                self[name] = templates()[value].en
            elif isinstance(value, tuple) and all(isinstance(part, str) for part in value):
                self[name] = " and ".join(headers.get(part, part) for part in value) or "the school"
            elif isinstance(value, str):
                self[name] = headers.get(value, value)


def _line(expression: str) -> str:
    return " ".join(expression.split())


@cache
def _powers() -> dict[str, str]:
    """Code → name of the starter library's powers."""
    entries = yaml.safe_load((ROOT / "qingqu/library/data/library.yaml").read_text())["powers"]
    return {entry["code"]: entry["name"] for entry in entries}


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    made = pages()
    for stale in set(PAGES.glob("*.md")) - {PAGES / name for name in made}:
        stale.unlink()
    for name, text in made.items():
        (PAGES / name).write_text(text)
