"""What is changed behind the product's back is named, down to an objection of a publication (S87, W7)."""

from datetime import date

import pytest
from django.db import connection

from qingqu.records import actions
from qingqu.trace import sequencer
from qingqu.trace.verify import run_verify

CHANGES = [
    "UPDATE records_document SET title = 'x'",
    "UPDATE records_notice SET ends_on = '2026-01-01'",
    "UPDATE records_objection SET answer = 'x'",
    "DELETE FROM records_objection",
    "UPDATE records_filing SET state = 'accepted'",
]


def problems():
    return {(p.kind, p.about.get("obj")) for p in run_verify().problems if "records." in str(p.about.get("obj"))}


@pytest.mark.parametrize("sql", ["", *CHANGES])
def test_a_change_by_sql_names_the_document(cast, settings, sql):
    settings.QINGQU_TODAY = date(2026, 4, 24)
    content = {"rows": []}
    document = actions.freeze(kind="unit_list", unit=cast.office, year=2026, title="清单", content=content, by=cast.li)
    notice = actions.publish(document, by=cast.li)
    objection = actions.object_to(notice, text="x", by=cast.wu)
    actions.settle(actions.answer(objection, text="y", by=cast.li), changes_needed=False, by=cast.zhao)
    settings.QINGQU_TODAY = date(2026, 5, 7)
    actions.file(document, by=cast.li)
    sequencer.sequence()
    if sql:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    assert problems() == ({("row-changed", f"records.document:{document.pk}")} if sql else set())
