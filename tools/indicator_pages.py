"""Write docs/indicators: a page for each indicator, out of its catalogue entry and its cases. Run it after a change."""

from __future__ import annotations

import os
import re
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

from qingqu.alerts import wording  # noqa: E402
from qingqu.alerts.engine.incremental import BATCH_ONLY  # noqa: E402
from qingqu.alerts.engine.spec import AnyCheck, Events, Parameter, Rule  # noqa: E402
from qingqu.alerts.indicators import rulebook  # noqa: E402
from qingqu.alerts.labels import BASES, LABELS  # noqa: E402
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
IN_CHINESE = {
    "predicate": "逐行看",
    "aggregate": "把{by}相同的行放在一起看",
    "window": "看同一{by}在任意 {days}内的各行",
    "nested": "先按{outer}分组，再看其中按{inner}分的各组",
    "peer": "把每一行与此前几个月同类（{by}）的中位数比",
    "trail": "把每一行与同一{by}此前各行的中位数比",
    "sequence": "看同一{by}按{order}排列的前后各行",
    "progression": "看同一{by}的数值是否等差或者等比",
    "companions": "看同样几家{member}是否反复一起出现",
    "fence": "看按{by}分的各组是否远离同类的常见范围（图基围栏）",
    "link": "看本表与“{other}”中是否有相同的摘要或者代码",
    "events": "看一件事各环节的先后、经办人和时间",
}
FUNCTIONS = {
    "missing": ("nothing is entered", "没有填写"),
    "full": ("something is entered", "已经填写"),
    "has": ("contains the words", "含有所列文字"),
    "holiday": ("is a legal holiday", "是法定节假日"),
    "weekend": ("is a weekend", "是周末"),
    "abs": ("whichever is the larger", "差额，不论谁大"),
    "whole": ("without decimals", "取整"),
    "ending": ("the number at its end", "末尾的数字"),
    "named_term": ("the term that it names", "所写的学期"),
    "next_of": ("the next of the days listed", "所列日期中最近的下一个"),
    "lookup": ("what is listed for it", "所列的对应数值"),
    "today": ("the day of the check", "核算当天"),
}
WHOSE = {
    "prev": ("of the row before", "上一行的"),
    "others": ("of the other bids", "其余报价的"),
    "all": ("of all bids", "全部报价的"),
    "tied": ("of those with the same bid", "同一报价中的"),
    "quotes": ("of its quotes", "所附报价的"),
    "met": ("of its meeting", "所列会议的"),
    "seals": ("of its entries in the seal log", "所附用印记录的"),
    "other": ("of the other table", "对照表的"),
}
"""What stands before the point of a name."""
PARTS = {
    "standing": ("not disqualified", "未被否决的家数"),
    "name_hash": ("name", "姓名"),
    "estimate": ("estimate", "预算"),
}
NAME = re.compile(r"(?<![\w.'])[A-Za-z_][\w.]*")


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
    return wording.written(bound if parameter.type in ("ratio", "share") else int(bound), wording.kind_of(parameter))


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
    chinese = IN_CHINESE[one.primitive].format_map(_Parts(rule, one, in_chinese=True))
    yield f"在“{table.zh}”中{chinese}{'；每晚核算，保存时不算' if is_nightly else ''}。\n"
    yield f"It says: {wording.pattern(rule, one)}\n"
    with translation.override("zh-hans"):
        yield f"提示写作：{wording.pattern(rule, one)}\n"
    for code in one.kept_tables:
        yield f"- Only where the school has records in {templates()[code].en} ({templates()[code].zh})"
    if one.where:
        yield f"- Only rows where `{_line(one.where)}`"
    if condition := next((v for n in ("when", "having") if (v := getattr(one, n, ""))), ""):
        yield f"- Found when `{_line(condition)}`"
    if one.primitive == "events":
        yield from _steps(rule, one)
    if unless := getattr(one, "unless", ""):
        yield f"- Not when `{_line(unless)}`"
    yield f"- {_levels(one)}"
    if names := ", ".join(_names(rule, one)):
        yield f"- In these formulas: {names}"
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
        said = [f"after {after}" if after else "", "a choice" * step.choice, "as often as needed" * step.many]
        if not step.beside:
            yield f"- Step {', '.join(filter(None, [step.name, *said]))}"
    if beside := [step.name for step in one.steps if step.beside]:
        yield f"- Anywhere: {'、'.join(beside)}"
    for name in ("at_least", "at_most", "limit"):
        if parameter := getattr(one, name):
            yield f"- {name.replace('_', ' ').capitalize()}: {rule.parameters[parameter].name.en}"


def _names(rule: Rule, one: AnyCheck) -> Iterator[str]:
    """Every name of the formulas of a check in the words of both languages."""
    formulas = [getattr(one, name, "") for name in ("where", "when", "having", "unless")]
    text = " ".join([*formulas, one.levels.red, one.levels.orange])
    for name in dict.fromkeys(NAME.findall(re.sub(r"'[^']*'", "", text))):
        if name not in ("and", "or", "not", "in", "if", "else"):
            english, chinese = _said(rule, one, name)
            yield f"`{name}` {english} ({chinese})"


def _said(rule: Rule, one: AnyCheck, name: str) -> tuple[str, str]:
    owner, _dot, part = name.rpartition(".")
    if owner:
        (english, chinese), whose = _said(rule, one, part), WHOSE[owner]
        return f"{english} {whose[0]}", f"{whose[1]}{chinese}"
    if name in FUNCTIONS or name in PARTS:
        return {**FUNCTIONS, **PARTS}[name]
    parameter = rule.parameters.get(name)
    words = parameter.name if parameter else wording.label(rule, one, name)
    if words.zh == name:
        raise ValueError(f"{rule.code}: {name} has no words")
    return words.en[0].lower() + words.en[1:], words.zh


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

    def __init__(self, rule: Rule, one: AnyCheck, *, in_chinese: bool = False) -> None:
        table = rulebook.template_of(rule, one.dataset)
        headers = {name: words.zh if in_chinese else words.en.lower() for name, words in LABELS.items()}
        headers |= {column.id: column.zh if in_chinese else column.en.lower() for column in table.columns}
        school, join, days = ("全校", "、", "天") if in_chinese else ("the school", " and ", "days")
        for name, value in one:
            if name == "days":
                parameter = rule.parameters[value]
                self[name] = f"{parameter.value} {days}"
            elif name == "other":
                self[name] = templates()[value].zh if in_chinese else templates()[value].en
            elif isinstance(value, tuple) and all(isinstance(part, str) for part in value):
                self[name] = join.join(headers.get(part, part) for part in value) or school
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
