"""Names and frequencies: how the library's words fit a school's."""

import pytest

from qingqu.library import rules
from qingqu.library.catalogue import BrokenLibrary, catalogue, read
from qingqu.risks.models import Category, Frequency, Phase


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("每学期", "term"),
        ("每学年", "year"),
        ("每月", "month"),
        ("每半月", "month"),
        ("每季", "quarter"),
        ("每日", "week"),
        ("每年招生前", "year"),
        ("招生期每日", "event"),
        ("每笔", "event"),
        ("每次变更", "event"),
        ("随时", "event"),
        ("开学后30日内", "term"),
        ("每个重要节日", "event"),
        ("一次性", "once"),
    ],
)
def test_frequency_of_a_wording(text: str, frequency: str) -> None:
    assert rules.frequency_of(text) == frequency


def test_the_wording_is_kept_where_it_says_more() -> None:
    assert rules.frequency_note("每月") == ""
    assert rules.frequency_note("每学期两次") == "每学期两次"


SCHOOL = {1: ("总务处", ""), 2: ("教务处", ""), 3: ("党委办公室", "党办"), 4: ("校长办公室", ""), 5: ("财务科", "")}


@pytest.mark.parametrize(
    ("owner", "unit"), [("总务处", 1), ("教务处", 2), ("党办", 3), ("行政办", 4), ("财务室", 5), ("工会", None)]
)
def test_the_unit_that_owns_a_power(owner: str, unit: int | None) -> None:
    assert rules.best_unit(catalogue().owner_names(owner), SCHOOL) == unit


def test_two_units_that_fit_equally_well_are_left_to_the_reader() -> None:
    assert rules.best_unit(["年级组"], {1: ("高一年级组（年级组）",), 2: ("高二年级组（年级组）",)}) is None


@pytest.mark.parametrize(
    ("template", "post", "fits"),
    [
        ("班主任", "班主任（高一1班）", True),
        ("年级主任", "高一年级主任", True),
        ("教务主任", "教务处主任", True),
        ("会计与出纳", "出纳", True),
        ("党办主任（组织干事）", "组织干事", True),
        ("采购员与保管员", "采购员", True),
        ("校长", "分管后勤副校长", False),
        ("校长", "校长", True),
        ("任课教师", "语文任课教师", True),
        ("任课教师", "保管员", False),
    ],
)
def test_posts_that_do_the_work_of_a_template(template: str, post: str, fits: bool) -> None:
    assert rules.fits_post(template, post) is fits


def test_a_post_by_its_exact_name_comes_first() -> None:
    assert rules.best_post("班主任", {1: "高一班主任", 2: "班主任"}) == 2
    assert rules.best_post("教务主任", {7: "教务处主任"}) == 7
    assert rules.best_post("出纳", {1: "会计"}) is None


def test_the_library_is_whole() -> None:
    library = catalogue()
    assert (len(library.powers), len(library.posts), library.version) == (32, 20, "2026.1")
    assert sum(len(power.risks) for power in library.powers.values()) == 97
    values = {risk.category for entry in library.powers.values() for risk in entry.risks}
    assert values <= set(Category.values)
    measures = [m for entry in library.powers.values() for risk in entry.risks for m in risk.measures]
    assert {m.frequency for m in measures} <= set(Frequency.values)
    assert {m.phase for m in measures} == set(Phase.values)
    assert len(library.scoring.questions) == 5


def test_a_library_that_does_not_fit_together_is_refused() -> None:
    from qingqu.library import catalogue as module

    with module.FILE.open(encoding="utf-8") as file:
        data = module.yaml.safe_load(file)
    data["powers"][0]["risks"][0]["step"] = 99
    with pytest.raises(BrokenLibrary, match="P01R1"):
        read(data)
