"""Patterns out of which a school makes an indicator of its own, over a table of its own: a closed list, no free text
is ever computed. Each becomes a check of one of the engine's primitives. No database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.alerts.engine.days import MINUTES

SUMMED = ("money", "number", "count")
AREA = "本校自设"
UNIT = re.compile(r"\s*[（(](元|yuan|CNY)[）)]$")


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of the table: its id, its headings, its type and, of persons, how its digests are made."""

    id: str
    zh: str
    en: str
    type: str
    hashed_as: str = ""
    is_key: bool = False
    """Whether it is one of those that name a row."""

    @property
    def kind(self) -> tuple[str, str]:
        """Only columns of one kind can be compared with each other."""
        return self.type, self.hashed_as


@dataclass(frozen=True, slots=True)
class Part:
    """What has to be chosen or entered for a pattern. `types`: a column of one of these; otherwise a figure."""

    name: str
    label: str | Promise
    types: tuple[str, ...] = ()
    figure: str = ""
    """`days`, `count`, or `of:NAME`: in the measure of the column chosen for that part."""
    required: bool = True
    initial: int | None = None
    least: int = 0
    """The least figure that makes sense: a single row is not «the same» as any other."""


Said = Mapping[str, Any]
"""Part → id of the column, or the figure in the measure in which it is kept."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`name` and `what` for the page; `make` gives the check and its parameters; `together` of parts of one kind."""

    name: str | Promise
    what: str | Promise
    parts: tuple[Part, ...]
    make: Callable[[Said, Mapping[str, OwnColumn]], tuple[dict[str, Any], dict[str, Any]]]
    alike: tuple[str, ...] = ()
    """Parts whose columns must be two different ones of one kind."""


def _parameter(zh: str, en: str, type_: str, value: Any, low: int = 0) -> dict[str, Any]:
    return {"name": {"zh": zh, "en": en}, "type": type_, "value": value, "low": low}


def _zh(column: OwnColumn) -> str:
    return _plain(column.zh, column.type)


def _en(column: OwnColumn) -> str:
    return _plain(column.en, column.type)


def _plain(heading: str, type_: str) -> str:
    """A heading inside a sentence, where braces stand for numbers and an amount says itself that it is in yuan."""
    heading = UNIT.sub("", heading) if type_ == "money" else heading
    return heading.replace("{", "（").replace("}", "）")


def _of_row(columns: Mapping[str, OwnColumn], but: Sequence[OwnColumn], said: dict[str, str]) -> dict[str, str]:
    """A sentence about one row, beginning with what names the row: otherwise one would have to open it to know."""
    named = [one for one in columns.values() if one.is_key and one.type != "hashed" and one not in but]
    if not named:
        return said
    zh = "、".join(f"{_zh(one)} {{{one.id}}}" for one in named)
    en = ", ".join(f"{_en(one)} {{{one.id}}}" for one in named)
    return {"zh": f"{zh}：{said['zh']}", "en": f"{en}: {said['en']}"}


def _above(said: Said, columns: Mapping[str, OwnColumn]) -> tuple[dict[str, Any], dict[str, Any]]:
    one = columns[said["column"]]
    check = {
        "primitive": "predicate",
        "when": f"{one.id} > limit",
        "sentence": _of_row(
            columns,
            [one],
            {
                "zh": f"{_zh(one)}为 {{{one.id}}}，超过 {{limit}}。",
                "en": f"{_en(one)} is {{{one.id}}}, more than {{limit}}.",
            },
        ),
    }
    return check, {"limit": _parameter("限额", "Limit", one.type, said["limit"])}


def _missing(said: Said, columns: Mapping[str, OwnColumn]) -> tuple[dict[str, Any], dict[str, Any]]:
    one, amount = columns[said["column"]], columns.get(said.get("amount") or "")
    check = {
        "primitive": "predicate",
        "when": f"missing({one.id})",
        "sentence": _of_row(columns, [one], {"zh": f"“{_zh(one)}”没有填写。", "en": f"{_en(one)} is missing."}),
    }
    if amount is None:
        return check, {}
    check["where"] = f"{amount.id} >= limit"
    check["sentence"] = _of_row(
        columns,
        [one, amount],
        {
            "zh": f"{_zh(amount)} {{{amount.id}}}，达到 {{limit}}，“{_zh(one)}”没有填写。",
            "en": f"{_en(amount)} is {{{amount.id}}}, at least {{limit}}, and {_en(one)} is missing.",
        },
    )
    return check, {
        "limit": _parameter("达到多少须填写", "From which it is needed", amount.type, said.get("limit") or 0)
    }


def _order(said: Said, columns: Mapping[str, OwnColumn]) -> tuple[dict[str, Any], dict[str, Any]]:
    first, then = columns[said["first"]], columns[said["then"]]
    zh = f"{_zh(then)} {{{then.id}}}，{_zh(first)}却到 {{{first.id}}}"
    en = f"{_en(then)} is {{{then.id}}}, {_en(first)} only {{{first.id}}}"
    check: dict[str, Any] = {"primitive": "predicate"}
    if first.type == "moment":  # what is late by hours is late; the two times say by how much
        check["when"] = f"{first.id} > {then.id} + grace_days * {MINUTES}"
        check["sentence"] = _of_row(columns, [first, then], {"zh": f"{zh}。", "en": f"{en}."})
    else:
        check["when"] = f"{first.id} > {then.id} + grace_days"
        check["measures"] = {"late": f"{first.id} - {then.id}"}
        words = {"zh": f"{zh}，晚 {{late}} 日。", "en": f"{en}, {{late}} days later."}
        check["sentence"] = _of_row(columns, [first, then], words)
    return check, {"grace_days": _parameter("宽限天数", "Days of grace", "days", said["days"])}


def _same(said: Said, columns: Mapping[str, OwnColumn]) -> tuple[dict[str, Any], dict[str, Any]]:
    one, other = columns[said["first"]], columns[said["then"]]
    check = {
        "primitive": "predicate",
        "when": f"{one.id} == {other.id}",
        "sentence": _of_row(
            columns,
            [one, other],
            {
                "zh": f"“{_zh(one)}”与“{_zh(other)}”相同。",
                "en": f"{_en(one)} and {_en(other)} are the same.",
            },
        ),
    }
    return check, {}


def _twice(said: Said, columns: Mapping[str, OwnColumn]) -> tuple[dict[str, Any], dict[str, Any]]:
    by = [columns[said[part]] for part in ("first", "then", "third") if said.get(part)]
    by = list(dict.fromkeys(by))
    zh = "、".join(f"{_zh(one)} {{{one.id}}}" for one in by)
    en = ", ".join(f"{_en(one)} {{{one.id}}}" for one in by)
    check = {
        "primitive": "aggregate",
        "by": [one.id for one in by],
        "where": " and ".join(f"not missing({one.id})" for one in by),
        "measures": {"n": "count()"},
        "having": "n >= times",
        "sentence": {"zh": f"{zh}：相同的有 {{n}} 行。", "en": f"{en}: {{n}} rows are the same."},
    }
    return check, {"times": _parameter("相同的行数", "Rows that are the same", "count", said["times"], low=2)}


def _total(said: Said, columns: Mapping[str, OwnColumn]) -> tuple[dict[str, Any], dict[str, Any]]:
    by, amount, day = columns[said["by"]], columns[said["amount"]], columns[said["day"]]
    who_zh, who_en = f"{_zh(by)} {{{by.id}}}", f"{_en(by)} {{{by.id}}}"
    to_zh = " 至" if day.type == "moment" else "至"  # «10:00 至», «2 日至»
    check = {
        "primitive": "window",
        "by": [by.id],
        "day": day.id,
        "days": "window_days",
        "measures": {
            "n": "count()",
            "total": f"sum({amount.id})",
            "first": f"min({day.id})",
            "last": f"max({day.id})",
        },
        "having": "n >= min_count and total >= limit",
        "sentence": {
            "zh": f"{who_zh}：{{first}}{to_zh} {{last}}，{{n}} 行合计 {{total}}，达到 {{limit}}。",
            "en": f"{who_en}: {{n}} rows from {{first}} to {{last}} add up to {{total}}, at least {{limit}}.",
        },
    }
    parameters = {
        "window_days": _parameter("天数", "Days", "days", said["days"], low=1),
        "min_count": _parameter("最少行数", "Rows at least", "count", said["times"], low=1),
        "limit": _parameter("合计达到", "Total at least", amount.type, said["limit"]),
    }
    return check, parameters


PATTERNS: dict[str, Pattern] = {
    "above": Pattern(
        _("一行的数值超过限额"),
        _("如单次领用数量、单笔押金超过规定"),
        (Part("column", _("哪一列"), SUMMED), Part("limit", _("超过多少提示"), figure="of:column")),
        _above,
    ),
    "missing": Pattern(
        _("该填的没有填"),
        _("如没有审批号；可以只看达到一定金额的"),
        (
            Part("column", _("哪一列不能空"), ("text", "date", "moment", "hashed", *SUMMED)),
            Part("amount", _("只看金额或数量大的：哪一列"), SUMMED, required=False),
            Part("limit", _("达到多少才看"), figure="of:amount", required=False),
        ),
        _missing,
    ),
    "order": Pattern(
        _("日期先后颠倒"),
        _("如先领用、后审批"),
        (
            Part("first", _("应在前的日期"), ("date", "moment")),
            Part("then", _("应在后的日期"), ("date", "moment")),
            Part("days", _("宽限天数"), figure="days", initial=0),
        ),
        _order,
        alike=("first", "then"),
    ),
    "same": Pattern(
        _("两列是同一个人"),
        _("如申请人与审批人相同；只比较摘要"),
        (Part("first", _("一列"), ("hashed",)), Part("then", _("另一列"), ("hashed",))),
        _same,
        alike=("first", "then"),
    ),
    "twice": Pattern(
        _("内容重复的行"),
        _("如同一票号登记两次"),
        (
            Part("first", _("哪一列相同"), ("text", "date", "hashed", *SUMMED)),
            Part("then", _("并且这一列也相同"), ("text", "date", "hashed", *SUMMED), required=False),
            Part("third", _("并且这一列也相同"), ("text", "date", "hashed", *SUMMED), required=False),
            Part("times", _("几行起提示"), figure="count", initial=2, least=2),
        ),
        _twice,
    ),
    "total": Pattern(
        _("若干天内合计达到限额"),
        _("如同一单位三十天内多次付款，合计超过限额"),
        (
            Part("by", _("按哪一列归并"), ("text", "hashed")),
            Part("amount", _("合计哪一列"), SUMMED),
            Part("day", _("按哪一个日期"), ("date", "moment")),
            Part("days", _("多少天内"), figure="days", initial=30, least=1),
            Part("limit", _("合计达到多少提示"), figure="of:amount"),
            Part("times", _("至少几行"), figure="count", initial=2, least=1),
        ),
        _total,
    ),
}


def possible(pattern: Pattern, columns: Sequence[OwnColumn]) -> bool:
    """Whether a table has columns for every part of a pattern that is needed."""
    wanted = [part.types for part in pattern.parts if part.types and part.required]
    if pattern.alike:
        kinds = [one.kind for one in columns if one.type in wanted[0]]
        return len(set(kinds)) < len(kinds)
    return all(any(one.type in types for one in columns) for types in wanted)


def definition(
    name: str,
    said: Said,
    columns: Sequence[OwnColumn],
    *,
    dataset: str,
    colour: str,
    title: tuple[str, str],
    why: str,
    blind: str,
    basis: str,
) -> dict[str, Any]:
    """The indicator as the engine takes it, without its code. Raises KeyError for a column that does not fit."""
    by_id = {one.id: one for one in columns}
    for part in PATTERNS[name].parts:
        chosen = said.get(part.name)
        if (chosen is None or chosen == "") and part.required:
            raise KeyError(part.name)
        if part.types and chosen and by_id[chosen].type not in part.types:
            raise KeyError(chosen)
    if len({by_id[said[part]].kind for part in PATTERNS[name].alike}) > 1:
        raise KeyError(name)
    check, parameters = PATTERNS[name].make(said, by_id)
    zh, en = title[0], title[1] or title[0]
    check |= {
        "id": name,
        "name": {"zh": zh, "en": en},
        "levels": {"always": colour},
        "evidence": [one.id for one in columns][:8],
    }
    return {
        "title": {"zh": zh, "en": en},
        "area": AREA,
        "dataset": dataset,
        "why": {"zh": why, "en": why},
        "blind": {"zh": blind, "en": blind},
        "basis": basis,
        "verify": False,
        "parameters": {key: {**parameter, "basis": basis} for key, parameter in parameters.items()},
        "checks": [check],
    }
