"""Cases of every indicator, as data: what it finds, what it lets be, and what it says exactly at its limits.

Cells stand as an office types them. `each`: cells that all rows of a table share; `repeat`: so many rows, a day apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.expressions.kinds import LISTS
from qingqu.alerts.engine.spec import Rule
from qingqu.alerts.indicators import rulebook
from qingqu.datasets.cells import PARSERS

HERE = Path(__file__).parent
KINDS = ("planted", "clean", "boundary")
TODAY = "2026-12-31"


@dataclass(frozen=True)
class Case:
    """Rows of tables, and what the check says of them: (colour, sentence in Chinese, in English) of each hit."""

    code: str
    check: str
    kind: str
    why: str
    rows: Mapping[str, tuple[dict[str, Any], ...]]
    finds: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        return f"{self.code}/{self.check}/{self.kind}"


@cache
def files() -> Mapping[str, Mapping[str, Any]]:
    """Code → what its file says; every cell a text."""
    return {file.stem: yaml.load(file.read_text(), Loader=yaml.BaseLoader) for file in sorted(HERE.glob("*.yaml"))}


def today_of(code: str) -> int:
    """The day on which the cases of an indicator are looked at."""
    return int(PARSERS["date"](files()[code].get("today", TODAY)))  # type: ignore[arg-type]


def rule_of(code: str) -> Rule:
    """The indicator with the local limits that its cases assume."""
    rule = rulebook.shipped()[code]
    values = files()[code].get("values", {})
    return effective(rule, {name: _value(rule.parameters[name].type, text) for name, text in values.items()})


def _value(type_: str, typed: Any) -> Any:
    if type_ in ("ratio", "share"):
        return float(typed)
    if isinstance(typed, list):
        return [PARSERS[LISTS[type_]](one) for one in typed]
    if isinstance(typed, dict):
        return {name: PARSERS[type_.removesuffix("_by_text")](one) for name, one in typed.items()}
    return PARSERS[type_](typed)


def cases() -> list[Case]:
    """All of them."""
    found = []
    for code, file in files().items():
        for check, parts in file["checks"].items():
            found += [_case(code, check, kind, parts) for kind in parts if kind != "each"]
    return found


def _case(code: str, check: str, kind: str, parts: Mapping[str, Any]) -> Case:
    told = dict(parts[kind])
    why = told.pop("why")
    finds = tuple((one["colour"], one["zh"], one["en"]) for one in told.pop("finds", ()))
    shared = parts.get("each", {})
    rows = {dataset: tuple(_rows(dataset, shared.get(dataset, {}), told[dataset])) for dataset in told}
    return Case(code, check, kind, why, rows, finds)


def _rows(dataset: str, shared: Mapping[str, str], rows: list[Mapping[str, str]]) -> list[dict[str, Any]]:
    schema, made = rulebook.schemas()[dataset], []
    for row in rows:
        cells = {**shared, **row}
        times = int(cells.pop("repeat", "1"))
        assert set(cells) <= set(schema), set(cells) - set(schema)
        values = {name: _cell(type_, cells.get(name, "")) for name, type_ in schema.items()}
        days = [name for name, type_ in schema.items() if type_ == "date" and values[name] is not None]
        for n in range(times):
            made.append({**values, **({days[0]: values[days[0]] + n} if days else {})})
    return made


def _cell(type_: str, text: str) -> Any:
    if not text:
        return None
    value = text if type_ == "hashed" else PARSERS[type_](text)
    assert not isinstance(value, str) or type_ in ("text", "hashed"), value
    return value
