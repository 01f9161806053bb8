"""Kinds of values, and the bilingual error for what does not fit."""

from __future__ import annotations

from typing import Literal, NamedTuple

Class = Literal["int", "float", "text", "bool", "list", "table"]
UNITS = {
    "money": "money",
    "number": "number",
    "count": "count",
    "days": "count",
    "date": "date",
    "moment": "moment",
    "flag": "flag",
}


LISTS = {"texts": "text", "dates": "date", "amounts": "money"}
"""Type of a parameter that is a list → what its entries are."""


class ExpressionError(ValueError):
    """An expression that cannot be used; `zh` and `en` say why and what to do, for whoever typed it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


class Kind(NamedTuple):
    """The class of a value, and for numbers its unit (money in fen, number in thousandths …; empty: none).

    Texts whose unit is `people` are digests: one, or several with blanks between where a cell names several people.
    """

    cls: Class
    unit: str = ""

    @property
    def numeric(self) -> bool:
        return self.cls in ("int", "float")


TEXT, BOOL, INT, FLOAT = Kind("text"), Kind("bool"), Kind("int"), Kind("float")
PEOPLE = Kind("text", "people")
COUNT = Kind("int", "count")
NAMES = {
    "int": ("数值", "a number"),
    "float": ("数值", "a number"),
    "text": ("文字", "a text"),
    "bool": ("条件", "a condition"),
    "list": ("列表", "a list"),
    "table": ("对照表", "a table of values"),
}
UNIT_NAMES = {
    "money": ("金额", "money"),
    "number": ("数量（千分之一为单位）", "a quantity in thousandths"),
    "count": ("个数或天数", "a count"),
    "date": ("日期", "a date"),
    "moment": ("时间", "a time"),
    "flag": ("是否", "yes or no"),
    "ratio": ("比例", "a ratio"),
    "": ("数值", "a number"),
}


def column_kind(type_: str) -> Kind:
    """The kind of a data set's column, by its type."""
    if type_ == "hashed":
        return PEOPLE
    return TEXT if type_ == "text" else Kind("int", UNITS[type_])


def parameter_kind(type_: str) -> Kind:
    if type_ in ("ratio", "share"):
        return Kind("float", "ratio")
    if type_ in LISTS:
        return Kind("list", LISTS[type_])
    if type_.endswith("_by_text"):
        return Kind("table", UNITS[type_.removesuffix("_by_text")])
    return Kind("int", UNITS[type_])


def refuse(text: str, zh: str, en: str) -> ExpressionError:
    return ExpressionError(f"「{text}」{zh}", f"“{text}” {en}")


def describe(kind: Kind) -> tuple[str, str]:
    if kind.numeric and kind.unit:
        return UNIT_NAMES[kind.unit]
    return NAMES[kind.cls]
