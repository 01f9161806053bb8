"""Adopting entries of the library: what is made, what is remembered, what is refused."""

import dataclasses

import pytest

from qingqu.common.errors import NotPossible
from qingqu.library import access, actions, queries
from qingqu.library.models import Adoption
from qingqu.powers.models import Power
from qingqu.trace.models import Entry
from tests.people import Cast


def acts() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("act", flat=True))


def test_a_power_comes_over_whole(cast: Cast) -> None:
    template = queries.power_template("P06")
    assert template is not None
    power = actions.adopt_power(template, unit=cast.office, by=cast.chen)
    assert (power.code, power.origin, power.state) == ("P06", "library:2026.1:P06", Power.State.IN_FORCE)
    assert [step.name for step in power.steps.all()] == [step.name for step in template.steps]
    assert list(power.bases.filter(needs_check=True).values_list("name", flat=True)) == [
        "本地政府集中采购目录及采购限额标准"
    ]
    held = {holder.name: holder.post_id for holder in power.holders.all()}
    assert held["采购员"] == cast.wang_post.pk
    assert held["总务主任"] == cast.li_post.pk
    assert power.scope == Power.Scope.SOCIETY
    adoption = Adoption.objects.get()
    assert (adoption.code, adoption.subject_id, adoption.content["name"]) == ("P06", power.pk, template.name)
    assert acts() == ["powers.created", "library.adopted"]


def test_adopting_twice_is_refused_and_changes_nothing(cast: Cast) -> None:
    template = queries.power_template("P06")
    assert template is not None
    actions.adopt_power(template, unit=cast.office, by=cast.chen)
    other = queries.power_template("P07")
    assert other is not None
    with pytest.raises(NotPossible, match="已采用"):
        actions.adopt([(other, cast.office), (template, cast.office)], by=cast.chen)
    assert Power.objects.count() == 1


def test_a_code_that_the_school_uses_itself_is_left_alone(cast: Cast) -> None:
    Power.objects.create(school=cast.school, unit=cast.office, code="P06", name="自定事项")
    template = queries.power_template("P06")
    assert template is not None
    assert actions.adopt_power(template, unit=cast.office, by=cast.chen).code == "X01"


def test_many_posts_use_a_template_at_once(cast: Cast) -> None:
    template = queries.post_template("G15")
    assert template is not None
    changed = actions.adopt_post(template, [cast.wang_post, cast.wang_second_post], by=cast.chen)
    assert [post.pk for post in changed] == [cast.wang_post.pk]
    cast.wang_post.refresh_from_db()
    assert cast.wang_post.template_code == "G15"
    assert acts() == ["organisation.post_template_given", "library.adopted"]
    with pytest.raises(NotPossible, match="已采用"):
        actions.adopt_post(template, [cast.wang_post], by=cast.chen)


def test_what_a_newer_library_says_otherwise(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    template = queries.power_template("P06")
    assert template is not None
    actions.adopt_power(template, unit=cast.office, by=cast.chen)
    now = queries.catalogue()
    changed = dataclasses.replace(template, decider="校长办公会")
    newer = dataclasses.replace(now, version="2027.1", powers={**now.powers, "P06": changed})
    monkeypatch.setattr(queries, "catalogue", lambda: newer)
    taken = queries.adoptions(cast.school, "power")["P06"][0]
    assert taken.changed == ("decider",)
    assert queries.same_entry_then(taken.adoption) == [("decider", template.decider, "校长办公会")]


def test_the_template_of_an_origin() -> None:
    found = queries.template_of_origin("library:2026.1:P06")
    assert found is not None
    assert found.code == "P06"
    assert queries.template_of_origin("") is None


@pytest.mark.parametrize(
    ("who", "may", "into_office"),
    [
        ("chen", True, True),
        ("li", True, True),
        ("feng", True, False),
        ("wang", False, False),
        ("sun", False, False),
        ("zhou", True, False),
    ],
)
def test_who_adopts(cast: Cast, who: str, may: bool, into_office: bool) -> None:
    user = cast.everyone[who]
    assert bool(access.can_adopt(user)) is may
    assert bool(access.can_adopt_into(user, cast.office)) is into_office


def test_proposals_fit_the_school(cast: Cast) -> None:
    (power,) = queries.propose_powers(cast.chen, ["P06"])
    assert power.unit_id == cast.office.pk
    assert ("采购员", cast.wang_post) in power.holders
    (post,) = queries.propose_posts(cast.chen, ["G16"])
    assert post.fitting == []
    (post,) = queries.propose_posts(cast.chen, ["G15"])
    assert post.using == [cast.wang_second_post]


def test_a_head_is_offered_his_own_posts_only(cast: Cast) -> None:
    (post,) = queries.propose_posts(cast.feng, ["G19"])
    assert {found.unit for found in (*post.fitting, *post.others, *post.using)} == {cast.teaching}
