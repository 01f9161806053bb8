from datetime import date

from qingqu.notifications.models import Message
from qingqu.risks.models import ControlMeasure
from qingqu.risks.tasks import remind_overdue
from qingqu.trace.models import Entry
from tests.make import make_measure, make_risk_point

DAY = date(2026, 4, 20)


def test_an_owner_is_told_once_of_all_that_is_overdue(cast):
    risk = make_risk_point(cast.office, cast.li)
    late = [make_measure(risk, next_due_on=date(2026, 4, 19)) for _n in range(2)]
    make_measure(risk, next_due_on=DAY)
    other = make_measure(make_risk_point(cast.office, cast.wu), next_due_on=date(2026, 4, 19))
    assert remind_overdue(DAY) == 3
    told = Message.objects.filter(kind="reminder").order_by("person_id")
    assert {(m.person.username, m.text[:8]) for m in told} == {("li", "您有 2 项防控"), ("wu", "您有 1 项防控")}
    assert Entry.objects.filter(act="risks.measure_overdue").count() == 2
    assert remind_overdue(DAY) == 0
    assert remind_overdue(date(2026, 4, 22)) == 1  # the third one has passed its day meanwhile
    ControlMeasure.objects.filter(pk=late[0].pk).update(next_due_on=date(2026, 5, 31))
    assert remind_overdue(date(2026, 6, 1)) == 1  # missed again in the next period
    assert other.told_for is None  # what we hold in our hands is old
