from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.risks.entering import EnteredItem, EnteredMeasure, enter
from qingqu.risks.models import ControlMeasure, Rating, RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_post, make_power, make_risk_point

PRE = EnteredMeasure("pre", "验收两人同到现场并签字", frequency="month", evidence_kind="验收单")
MID = EnteredMeasure("mid", "每季抽查三成单据", frequency="quarter", evidence_kind="抽查表")


def item(source_id=1, **fields):
    words = {"title": "验收走过场", "manifestation": "只看单据不看实物", "measures": [PRE]}
    defaults = {"category": "duty", "likelihood": 3, "impact": 3, "answers": "01010"}
    return EnteredItem(**{**defaults, **words, "source_id": source_id, **fields})


def enter_wang(cast, items, by=None, year=2026, **fields):
    said = {"school": cast.school, "unit": cast.office, "person": cast.wang, "is_leader": False}
    return enter(**{**said, **fields}, items=items, year=year, source="declarations.item", by=by or cast.chen)


def test_new_items_become_risk_points_with_codes_ratings_and_measures(cast):
    power = make_power(cast.office, is_key=True)
    risks = enter_wang(cast, [item(1, power=power, step=power.steps.first()), item(2, likelihood=1, answers="00000")])
    first, second = risks[1], risks[2]
    assert [first.code, second.code] == ["YC5Z-FXD-2026-0001", "YC5Z-FXD-2026-0002"]
    assert (first.level, second.level) == (2, 3)
    assert first.rank == 2000 - 90 - 1
    assert (first.person, first.owner, first.source_label, first.source_id) == (
        cast.wang,
        cast.wang,
        "declarations.item",
        1,
    )
    rating = first.ratings.get()
    assert (rating.computed_level, rating.level, rating.rule_version) == (2, 2, "2026.1")
    assert first.measures.get().next_due_on is not None
    entries = Entry.objects.filter(act="risks.entered")
    assert {e.obj for e in entries} == {f"risks.riskpoint:{r.pk}" for r in risks.values()}
    assert all(e.after_c for e in entries)


def test_a_continued_item_keeps_its_code_and_its_measures(cast):
    risk = enter_wang(cast, [item(1, measures=[PRE, MID])])[1]
    kept = risk.measures.get(phase="pre")
    again = enter_wang(cast, [item(7, title="验收把关不严", risk_id=risk.pk, measures=[PRE])], year=2027)[7]
    assert again.pk == risk.pk
    assert again.code == "YC5Z-FXD-2026-0001"
    risk.refresh_from_db()
    assert (risk.title, risk.year, risk.source_id) == ("验收把关不严", 2027, 7)
    assert risk.measures.get(stopped_at=None).pk == kept.pk
    assert risk.measures.get(phase="mid").stopped_at is not None
    assert risk.ratings.count() == 2
    assert Entry.objects.filter(act="risks.continued", obj=f"risks.riskpoint:{risk.pk}").count() == 1


def test_what_is_no_longer_named_is_closed_and_recorded(cast):
    risks = enter_wang(cast, [item(1), item(2, title="另一项")])
    other_unit = make_risk_point(cast.teaching, cast.wang, person=cast.wang)
    of_unit = make_risk_point(cast.office, cast.li)
    enter_wang(cast, [item(3, risk_id=risks[1].pk)], year=2027)
    gone = RiskPoint.objects.get(pk=risks[2].pk)
    assert gone.state == "closed"
    assert gone.closed_at is not None
    assert not gone.measures.filter(stopped_at=None).exists()
    assert Entry.objects.filter(act="risks.closed").values_list("obj", flat=True).get() == f"risks.riskpoint:{gone.pk}"
    for other in (other_unit, of_unit):
        other.refresh_from_db()
        assert other.state == "held"


def test_somebody_elses_risk_is_not_continued(cast):
    others = make_risk_point(cast.office, cast.wu, person=cast.wu, title="吴的")
    risk = enter_wang(cast, [item(1, risk_id=others.pk)])[1]
    others.refresh_from_db()
    assert risk.pk != others.pk
    assert (others.title, others.state) == ("吴的", "held")


def test_another_level_stands_only_with_a_second_person(cast):
    agreed = enter_wang(cast, [item(1, level=1, level_reason="去年三笔接近限额")], by=cast.he)[1]
    assert agreed.level == 1
    rating = agreed.ratings.get()
    assert (rating.state, rating.agreed_by, rating.reason) == (Rating.State.SETTLED, cast.he, "去年三笔接近限额")
    alone = enter_wang(cast, [item(2, level=1, level_reason="x")], by=cast.wang)[2]
    assert alone.level == 2
    assert alone.ratings.get().state == Rating.State.PROPOSED


def test_the_holder_of_the_post_owns_the_measure(cast):
    enter_wang(cast, [item(1, measures=[EnteredMeasure("pre", "复核", post=cast.li_post), PRE])])
    assert ControlMeasure.objects.get(text="复核").owner == cast.li
    assert ControlMeasure.objects.get(text=PRE.text).owner == cast.wang
    empty = make_post(cast.office, "空岗")
    enter_wang(cast, [item(2, measures=[EnteredMeasure("pre", "无人", post=empty)])])
    assert ControlMeasure.objects.get(text="无人").owner == cast.wang


def test_statements_hardly_grow_with_the_items(cast):
    counts = []
    for size in (3, 40):
        items = [item(n, measures=[PRE, MID]) for n in range(size)]
        with CaptureQueriesContext(connection) as first:
            risks = enter_wang(cast, items)
        with CaptureQueriesContext(connection) as again:
            enter_wang(cast, [item(n, risk_id=r.pk, measures=[PRE]) for n, r in risks.items()])
        counts.append((len(first), len(again)))
    assert max(large - small for small, large in zip(*counts, strict=True)) <= 10  # SQLite's batches, not a loop
