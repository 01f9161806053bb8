"""Notes about an import, stored independently of language: a message, its words, columns by their ids.

Readers of either language see them in their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from qingqu.common.language import listed
from qingqu.common.tabular.clean import Problem
from qingqu.datasets.columns import Named
from qingqu.datasets.models import Dataset
from qingqu.datasets.queries import titles

Kept = dict[str, Any] | str
"""{"message", "words"}, a list among the words being ids of columns; a mere text is an earlier version's and stays."""
EARLIER = (
    _("第 %(row)d 行又是表头，没有导入"),
    _("第 %(row)d 行是小计或合计，没有导入"),
    _("第 %(row)d 行是小标题、签名或说明，没有导入"),
)
"""Messages of earlier versions, which imports of then still say."""


def kept(problem: Problem) -> dict[str, Any]:
    """A problem as it is kept."""
    words = {name: word.ids if isinstance(word, Named) else word for name, word in problem.words.items()}
    return {"message": problem.message, "words": words}


def said(note: Kept, headings: Mapping[str, str]) -> str:
    """A note in the reader's language."""
    if isinstance(note, str):
        return note
    words = {
        name: listed(headings.get(id_, id_) for id_ in word) if isinstance(word, list) else word
        for name, word in note["words"].items()
    }
    return gettext(note["message"]) % words if words else gettext(note["message"])


def said_notes(dataset: Dataset, notes: Iterable[Kept]) -> list[str]:
    """Notes about an import into a table, in the reader's language."""
    headings = titles(dataset)
    return [said(note, headings) for note in notes]


def said_faults(dataset: Dataset, faults: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Its faulty cells: row, heading of the column, what is wrong."""
    headings = titles(dataset)
    return [
        {
            "row": fault["row"],
            "column": headings.get(fault["column"], fault["column"]),
            "message": said(fault["message"], headings),
        }
        for fault in faults
    ]
