"""A verification while the product is in use finds nothing that is not so."""

from __future__ import annotations

import pytest
from django.db import transaction

from qingqu.trace import tasks
from qingqu.trace.actions import record
from qingqu.trace.verify import run_verify
from tests.people import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def rename(cast: Cast, name: str) -> None:
    with transaction.atomic():
        cast.office.name = name
        cast.office.save(update_fields=["name"])
        record("organisation.unit_edited", cast.office, by=None, after=name)


def test_entries_that_arrive_meanwhile_are_no_problem(cast: Cast) -> None:
    """People write, and the sequencer goes on, between the replay and the comparison of the rows."""
    rename(cast, "总务处一")
    tasks.sequence()
    told: list[float] = []

    def meanwhile(part: float) -> None:
        if not told:
            rename(cast, "总务处二")
            tasks.sequence()
            rename(cast, "总务处三")
        told.append(part)

    about_office = f"organisation.unit:{cast.office.pk}"
    problems = run_verify(progress=meanwhile).problems
    kinds = {problem.kind for problem in problems}
    named = [problem for problem in problems if about_office in str(problem.about)]
    assert "entry-extra" not in kinds
    assert named == []
