"""The tables that schools usually keep: columns, types, keys, and the headings that offices use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LOG = "EV1"
"""The product's event log: what its columns are to the indicators, those of a school's own logs are too."""
FILE = Path(__file__).parent / "data" / "datasets.yaml"
MEANINGS = Path(__file__).parent / "data" / "meanings.yaml"


@dataclass(frozen=True, slots=True)
class ColumnTemplate:
    """A column: its id, its names, its type (`models.ColumnType`), what a hashed one is, other headers for it."""

    id: str
    zh: str
    en: str
    type: str
    hashed_as: str = ""
    required: bool = False
    also: tuple[str, ...] = ()
    sensitive: bool = False
    """Read in clear by the keeper and the discipline commission only."""
    party: str = ""
    """Whose it is: one of `parties.PARTIES`."""
    means: tuple[str, str] = ("", "")
    """What has to stand in it, in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class DatasetTemplate:
    """A table: DS1 采购台账 and so on; `area` is its field, `key` names a row."""

    code: str
    zh: str
    en: str
    area: str
    kind: str
    key: tuple[str, ...]
    columns: tuple[ColumnTemplate, ...] = field(repr=False)

    def schema(self) -> dict[str, str]:
        """Column id → type."""
        return {column.id: column.type for column in self.columns}


@cache
def templates() -> Mapping[str, DatasetTemplate]:
    """All of them by code, in the order of the file."""
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))["datasets"]
    means = yaml.safe_load(MEANINGS.read_text(encoding="utf-8"))
    return {entry["code"]: _template(entry, means[entry["code"]]) for entry in entries}


def is_shipped(code: str) -> bool:
    """Whether a table of this code comes with the product; the others are the school's own."""
    return code in templates()


def _template(entry: dict[str, Any], means: Mapping[str, Any]) -> DatasetTemplate:
    return DatasetTemplate(
        code=entry["code"],
        zh=entry["name"]["zh"],
        en=entry["name"]["en"],
        area=entry["area"],
        kind=entry.get("kind", "table"),
        key=tuple(entry["key"]),
        columns=tuple(_column(each, means[each["id"]]) for each in entry["columns"]),
    )


def _column(entry: dict[str, Any], means: Sequence[str]) -> ColumnTemplate:
    return ColumnTemplate(
        id=entry["id"],
        zh=entry["zh"],
        en=entry["en"],
        type=entry["type"],
        hashed_as=entry.get("as", ""),
        required=entry.get("required", False),
        also=tuple(entry.get("also", ())),
        sensitive=entry.get("sensitive", False),
        party=entry.get("party", ""),
        means=(means[0], means[1]),
    )
