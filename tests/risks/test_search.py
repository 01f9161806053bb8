"""The search of the ledger finds what plainly contains the words, for whoever may see it."""

import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import Q

from qingqu.common.clock import today
from qingqu.organisation.models import Unit
from qingqu.reports import ledger
from qingqu.reports.ledger import Asked
from qingqu.risks import search, words
from qingqu.risks.keeping import keep
from qingqu.risks.models import LedgerState, RiskPoint, RiskWords, visible
from qingqu.risks.queries import in_ledger_state, with_ledger_state
from tests.make import make_measure, make_power, make_risk_point
from tests.people import Cast

LETTERS = "验收单签字aB-1，。'\"%_*:&|!（）𠮷"


def found(text: str, school: Unit, condition: Q | None = None) -> set[int]:
    return set(
        RiskPoint.objects.filter(condition or Q(), pk__in=search.ids(search.words_of(text, school))).values_list(
            "pk", flat=True
        )
    )


def named(risk: RiskPoint) -> list[str]:
    """What its power and its step are called."""
    return [place.name for place in (risk.power, risk.step) if place]


def test_any_word_finds_what_contains_it(cast: Cast) -> None:
    chance = random.Random(7)

    def text(most: int) -> str:
        return "".join(chance.choices(LETTERS, k=chance.randint(1, most)))

    power = make_power(cast.office, name="验收管理b")
    power.steps.filter(order=2).update(name="签单B字")
    places = [(None, None), (power, None), *((power, step) for step in power.steps.all())]
    risks = []
    for _ in range(60):
        power_, step = chance.choice(places)
        title, manifestation = text(6), text(12)
        risks.append(
            make_risk_point(cast.office, cast.li, title=title, manifestation=manifestation, power=power_, step=step)
        )
    for _ in range(150):
        word = text(4)
        said = {
            risk.pk
            for risk in risks
            if words.says([risk.title, risk.manifestation, risk.code, cast.li.name, *named(risk)], word)
        }
        assert found(word, cast.school) == said, word


@pytest.mark.parametrize("word", ["\\", "'", '"', "a OR b", "*", "NEAR(验", "x9a8c", "every", "statehold", "%%"])
def test_no_word_is_taken_for_a_command(cast: Cast, word: str) -> None:
    make_risk_point(cast.office, cast.li, title="验收")
    assert found(word, cast.school) == set()


def test_what_is_written_anew_is_found_anew(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, title="旧的说法")
    RiskPoint.objects.filter(pk=risk.pk).update(title="新的说法", rank=1)
    keep([risk.pk])
    assert (found("旧的", cast.school), found("新的", cast.school)) == (set(), {risk.pk})
    assert RiskWords.objects.get().key == words.key_of(1, risk.pk)
    RiskPoint.objects.filter(pk=risk.pk).delete()
    assert found("新的", cast.school) == set()
    assert not RiskWords.objects.exists()


def test_the_index_and_the_columns_agree_for_everybody_and_every_filter(cast: Cast) -> None:
    chance = random.Random(3)
    people = [None, cast.wang, cast.li, cast.feng]
    for n in range(60):
        unit, person = chance.choice([cast.office, cast.teaching]), chance.choice(people)
        level = chance.choice([1, 2, 3])
        risk = make_risk_point(
            unit,
            cast.li,
            level=level,
            title="审批" if n % 2 else "别的",
            person=person,
            is_leader=person == cast.feng,
            category=chance.choice(["thought", "duty", "system"]),
            year=chance.choice([2025, 2026]),
            residual_level=chance.choice([None, 3]),
            post=chance.choice([None, cast.wang_post]),
            state="closed" if n % 10 == 0 else "held",
        )
        make_measure(risk, next_due_on=today() - timedelta(days=chance.choice([-3, 3])))
    narrowings = [
        {},
        {"level": 1},
        {"late": True},
        {"level": 2, "late": True},
        {"unit": cast.office.pk},
        {"year": 2025},
    ]
    narrowings += [{"category": "duty"}, {"tier": "staff"}, {"impact": 4}, *({"state": s} for s in LedgerState.values)]
    for user in cast.everyone.values():
        for narrowed in narrowings:
            asked = Asked(q="审批", **narrowed)  # type: ignore[arg-type]
            plain = [risk for risk in ledger.visible(user, Asked(**narrowed)) if "审批" in risk.title]  # type: ignore[arg-type]
            wanted = ledger.lines(user, asked)
            assert list(wanted.page(100, 0)) == plain, (user.name, narrowed)
            assert list(wanted.page(3, 2)) == plain[2:5]
            assert ledger.counted(wanted) == len(plain)
            assert list(ledger.visible(user, asked)) == plain


@pytest.mark.parametrize("state", LedgerState.values)
def test_a_state_asked_of_the_columns_is_the_state_that_is_shown(cast: Cast, state: str) -> None:
    for level, residual, now in ((1, 2, "held"), (2, 2, "held"), (3, None, "held"), (2, 3, "closed")):
        make_risk_point(cast.office, cast.li, level=level, residual_level=residual, state=now)
    shown = with_ledger_state(RiskPoint.objects.filter(visible(cast.zhao))).filter(ledger_state=state)  # type: ignore[misc]
    assert set(RiskPoint.objects.filter(in_ledger_state(state, cast.school))) == set(shown)


@pytest.mark.django_db(transaction=True)
def test_the_migration_enters_what_there_is(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, title="早先登记的")
    make_measure(risk, next_due_on=today())
    call_command("migrate", "risks", "0003", verbosity=0)
    RiskWords.objects.all().delete()
    RiskPoint.objects.update(next_due_on=None)
    call_command("migrate", "risks", verbosity=0)
    risk.refresh_from_db()
    assert risk.next_due_on == today()
    assert found("登记", cast.school) == {risk.pk}
