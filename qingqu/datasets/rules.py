"""What a column of a school's own table is, judged by its heading: plain values in, plain values out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

KINDS: dict[str, tuple[str, str]] = {
    "text": ("text", ""),
    "money": ("money", ""),
    "number": ("number", ""),
    "count": ("count", ""),
    "date": ("date", ""),
    "moment": ("moment", ""),
    "flag": ("flag", ""),
    "person": ("hashed", "name"),
    "phone": ("hashed", "phone"),
    "card": ("hashed", "number"),
}
"""What people call a column's kind → its type, and how a digest is made plain before."""
APART = " "
"""Between the digests of a cell that names several people; a digest, being hexadecimal, holds none."""
MOST_COLUMNS = 40
STEPS = {
    "申请": "application", "审批": "approval", "询价": "quotes", "招标": "tender", "评审": "evaluation",
    "公示": "publication", "异议": "objection", "答复": "answer", "上会": "meeting", "签约": "signing",
    "验收": "acceptance", "开票": "invoice", "付款": "payment", "建档": "entering the supplier",
    "任用": "appointment", "归档": "filing", "退回": "return", "终止": "termination",
}  # fmt: skip
"""The names of steps that the indicators know, and what they are in English. A log that uses them needs nobody to say
what they are."""
BESIDE = "-"
"""What a name of a log means that is no step of any procedure (打印、归档、催办): it is let be, and is no hole."""
GUESSES = (
    (r"电话|手机|联系方式", "phone"),
    (r"身份证|证件号|工号|学号|学籍号|银行卡|卡号|账号", "card"),
    (r"姓名|(?<!招标|投标|中标|代理)人$|人员$", "person"),
    (r"日期$|^日期|年月日", "date"),
    (r"时间$", "moment"),
    (r"金额|单价|总价|费用|价款|收入|支出|余额|原值|[（(]元[)）]", "money"),
    (r"人数|次数|个数|件数|份数|套数|台数|天数", "count"),
    (r"数量|面积|里程|重量|比例|分数", "number"),
    (r"^是否|^有无", "flag"),
)


ROLES: dict[str, tuple[str, str]] = {
    "to": ("text", r"退回(至|到|环节)"),
    "on_behalf": ("person", r"委托人|被代理人"),
    "case": ("text", r"(编号|单号|流水号|文号)$|^case"),
    "step": ("text", r"环节|节点|步骤|阶段|活动|^activity"),
    "op": ("text", r"(操作|动作|处理结果)$"),
    "operator": ("person", r"(人|人员|者)$|^(operator|resource)"),
    "time": ("moment", r"时间|日期|^timestamp"),
    "amount": ("money", r"金额|价款|费用|[（(]元[)）]"),
    "evidence": ("text", r"凭证|附件"),
}
"""What a column of an event log may be to the indicators (its id then) → its kind, and how offices head it."""
NEEDED = ("case", "step", "time")
"""Without these a table is no event log."""
PERSONS = ("person", "phone", "card")


def people_in(said: str) -> list[str]:
    """The digests of a cell that names one person or several."""
    return said.split(APART)


def roles_of(headings: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """What each column of a log is: by headings that are `known`, by what they sound like, what is needed by place."""
    roles = [known.get(heading, "") for heading in headings]
    roles = [role if role not in roles[:n] else "" for n, role in enumerate(roles)]
    for n, heading in enumerate(headings):
        fitting = (role for role, (_kind, words) in ROLES.items() if role not in roles and re.search(words, heading))
        roles[n] = roles[n] or next(fitting, "")
    for role in NEEDED:
        if role not in roles and "" in roles:
            roles[roles.index("")] = role
    return roles


def kind_in_log(role: str, kind: str) -> str:
    """The kind of a column of a log: its role says it; persons may be known by name, phone or number."""
    if role in ("operator", "on_behalf") and kind in PERSONS:
        return kind
    return ROLES[role][0] if role else kind


def kind_of_heading(heading: str) -> str:
    """What a column with this heading most likely holds; text where nothing speaks for another kind."""
    return next((kind for pattern, kind in GUESSES if re.search(pattern, heading)), "text")


def new_standard_steps(rows: Iterable[Mapping[str, Any]], known: Mapping[str, str]) -> dict[str, str]:
    """The standard names in rows of a log whose names have been mapped, but not these: each means itself."""
    if not known:
        return {}
    there = {row.get(column) for row in rows for column in ("step", "to")}
    return {step: step for step in STEPS if step in there and step not in known}


def headings(text: str) -> list[str]:
    """The headings out of a line copied from a spreadsheet, or typed one below the other."""
    return [part.strip() for part in re.split(r"[\t\n\r,，、;；]+", text) if part.strip()]


def kind_of(type_: str, hashed_as: str) -> str:
    """The kind under which people know a column of this type."""
    return next((kind for kind, made in KINDS.items() if made == (type_, hashed_as)), "card")
