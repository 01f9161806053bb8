"""Numbers of papers: unit code, kind of form, year, serial (单位代码-表类-年-流水)."""

from __future__ import annotations

from django.db import transaction

from qingqu.common import statements
from qingqu.organisation.models import Unit

NEXT = """
INSERT INTO organisation_numberseries (school_id, kind, year, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (school_id, kind, year) DO UPDATE SET last = organisation_numberseries.last + excluded.last RETURNING last
"""
"""One statement that makes the series where there is none and lets whoever comes second wait."""


class OutsideTransaction(RuntimeError):
    """A number was asked for outside the transaction that uses it: a failure there would leave a gap."""


def next_number(school: Unit, kind: str, year: int) -> str:
    """The next number of a series, e.g. «YC5Z-GRDJ-2026-0031», in the caller's transaction.

    Whoever comes second waits for the first, so that there is no double; and who fails gives his number back, so that
    there is no gap. Raises OutsideTransaction.
    """
    return next_numbers(school, kind, year, 1)[0]


def next_numbers(school: Unit, kind: str, year: int, count: int) -> list[str]:
    """`count` numbers in a row, for an act on many rows."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction("next_number() belongs inside the transaction of the act that uses it")
    [(last,)] = statements.fetch(NEXT, [school.pk, kind, year, count])
    first = last - count + 1
    code = school.code or f"{school.pk:04d}"
    return [f"{code}-{kind}-{year}-{number:04d}" for number in range(first, first + count)]
