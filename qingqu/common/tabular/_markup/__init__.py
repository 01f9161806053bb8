"""Runs inside `_parser.py`: tables that systems save as a page or as an XML Spreadsheet 2003, as sheets of plain cells.

It imports nothing of the product, and its modules know one another by their place only. The product has already made
UTF-8 of the file and refused what declares entities.
"""

from __future__ import annotations

from typing import Any

from .cells import Limits, Refused
from .page import page
from .spreadsheet import spreadsheet

READ = {"page": page, "spreadsheet": spreadsheet}


def read(kind: str, data: bytes, rows: int, columns: int, cells: int) -> dict[str, Any]:
    """The sheets of a page or an XML Spreadsheet in UTF-8, or {"refused": why}."""
    try:
        return READ[kind](data.decode(), Limits(rows, columns, cells))
    except Refused as refused:
        return refused.about
