"""Whose name, phone or credit code a column holds: a supplier's or a member of staff's. Digests are compared.

The product's tables say it in their catalogue; of a school's own tables the headings say it: a list of suppliers with
their contacts, a telephone list of the staff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from qingqu.datasets.catalogue import is_shipped, templates
from qingqu.datasets.columns import Column, columns_of
from qingqu.datasets.models import Dataset

PARTIES = {
    "supplier.name": ("text", ""),
    "supplier.code": ("text", ""),
    "supplier.phone": ("hashed", "phone"),
    "supplier.contact": ("hashed", "name"),
    "staff.number": ("hashed", "number"),
    "staff.name": ("hashed", "name"),
    "staff.phone": ("hashed", "phone"),
    "declared.relation": ("text", ""),
    "declared.name": ("hashed", "name"),
    "declared.code": ("text", ""),
}
"""Part → the type of its columns, and how a digest is made. What is declared is a relative's, or his company's."""
SUPPLIERS = (
    (
        "supplier.name",
        r"供应商|供货商|供货单位|供应单位|中标单位|成交单位|报价单位|投标单位|商家|承租|承包|销售方|合作单位",
    ),
    ("supplier.code", r"信用代码|税号|纳税人识别号"),
    ("supplier.contact", r"联系人|法定代表人|法人|负责人|业务员|授权代表"),
    ("supplier.phone", r"电话|手机|联系方式"),
)
STAFF = (
    ("staff.number", r"工号|职工号|员工号|教工号"),
    ("staff.name", r"姓名|教师|职工"),
    ("staff.phone", r"电话|手机|联系方式"),
)


def parties_of(dataset: Dataset) -> Mapping[str, str]:
    """Part → the column of a table that holds it. Empty for one that names neither suppliers nor staff by number."""
    if is_shipped(dataset.code):
        return {c.party: c.id for c in templates()[dataset.code].columns if c.party}
    columns = columns_of(dataset)
    suppliers = _by_heading(columns, SUPPLIERS)
    if "supplier.name" in suppliers:
        return suppliers
    staff = _by_heading(columns, STAFF)
    return staff if "staff.number" in staff else {}


def _by_heading(columns: Iterable[Column], patterns: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first column of the right type whose heading fits, for each part."""
    found: dict[str, str] = {}
    for column in columns:
        for part, pattern in patterns:
            fits = (column.type, column.hashed_as) == PARTIES[part] and re.search(pattern, column.name)
            if fits and part not in found:
                found[part] = column.id
                break
    return found
