"""The roster as the personnel office sends it: read, compared, entered, and nothing twice."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.accounts.models import User
from qingqu.common.tabular import UnreadableFile
from qingqu.organisation.models import Appointment, BranchMembership, Duty, Post, Unit
from qingqu.organisation.queries import appointments_started_since
from qingqu.organisation.roster import export, import_file
from qingqu.organisation.roster.columns import heads_a_unit, tier_of
from qingqu.trace.models import Entry
from tests.common.books import book
from tests.make import make_duty, make_unit, make_user
from tests.people import Cast

HEAD = ["部门", "姓名", "工号", "岗位", "任职日期"]


@pytest.fixture
def school(db: None) -> Unit:
    return make_unit("云川市第七中学", kind="school", code="YC7Z")


@pytest.fixture
def put(tmp_path: Path, school: Unit):
    """Import rows (or a whole workbook) into the empty school; returns the report."""

    def put(
        rows: list[list[object]] | bytes, *, into: Unit | None = None, dry_run: bool = False, name: str = "名册.xlsx"
    ):
        file = tmp_path / name
        file.write_bytes(rows if isinstance(rows, bytes) else book(("Sheet1", rows)))
        return "\n".join(import_file(file, into or school, dry_run=dry_run).lines)

    return put


def held(name: str) -> list[tuple[str, str]]:
    """(unit, post) of what a person holds now."""
    open_ones = Appointment.objects.filter(person__name=name, ended_on=None).select_related("post__unit")
    return sorted((a.post.unit.name, a.post.name) for a in open_ones)


MESSY = book(
    (
        "总务处",
        [
            ["云川市第七中学总务处人员一览"],
            ["填表：人事室", None, None, None, None, "２０２６年３月"],
            ["序号", "教师姓名", "职工号", "现任职务", "任现岗时间", "联系电话", "所在支部", "学历"],
            [1, "李 明远", "００１", "总务主任", "２０２４．９．１", "138 0000 0001", "第一党支部", "本科"],
            [2, "王雨桐", "002", "采购员、班主任", "2024年9月1日", 13800000002.0, "第一党支部", "本科"],
            [3, "吴　晓", "003", None, "去年九月", None, None, "大专"],
            ["合计", 3],
            ["制表人：某某"],
        ],
    ),
    (
        "教务处",
        [
            ["教师姓名", "职工号", "现任职务", "任现岗时间", "联系电话", "所在支部", "学历"],
            ["冯立言", "004", "教务主任", 45536, None, None, None],
            ["郑新", "002", "任课教师", date(2024, 9, 1), None, None, None],
        ],
    ),
    ("填写说明", [["部门", "姓名"], ["写部门", "写姓名"]]),
    merge={"总务处": ["A1:H1", "G4:G5"]},
)


def test_a_messy_roster_of_an_unknown_school(put, school) -> None:
    report = put(MESSY)
    assert "“教师姓名”作为姓名" in report
    assert "没有使用的列：序号、学历" in report
    assert "工作表“总务处”第 6 行，任职日期：“去年九月”不是日期" in report
    assert "工作表“教务处”第 3 行，工号：工号与第 5 行相同，姓名不同" in report
    assert "新设部门：总务处、教务处" in report
    assert set(User.objects.values_list("name", flat=True)) == {"李明远", "王雨桐", "冯立言"}
    assert held("王雨桐") == [("总务处", "班主任"), ("总务处", "采购员")]
    assert Appointment.objects.get(post__name="采购员").is_main
    assert not Appointment.objects.get(post__name="班主任").is_main
    wang = User.objects.get(name="王雨桐")
    assert (wang.username, wang.number, wang.phone, wang.has_usable_password()) == ("002", "002", "13800000002", False)
    assert Post.objects.get(name="总务主任").tier == "middle"
    assert Post.objects.get(name="班主任").tier == "staff"
    office = Unit.objects.get(name="总务处")
    assert (office.school, office.path.startswith(school.path), office.responsible.name) == (school, True, "李明远")
    assert BranchMembership.objects.get(person=wang).branch.name == "第一党支部"
    assert Appointment.objects.get(person__name="冯立言").started_on == date(2024, 9, 1)


def test_every_new_row_leaves_its_entry(put) -> None:
    put(MESSY)
    acts = list(Entry.objects.values_list("act", flat=True))
    assert acts.count("organisation.unit_created") == 3
    assert acts.count("organisation.person_added") == User.objects.count() == 3
    assert acts.count("organisation.post_created") == Post.objects.count()
    assert acts.count("organisation.appointed") == Appointment.objects.count()
    assert acts.count("organisation.branch_set") == 2
    assert acts.count("organisation.responsible_set") == 2


def test_the_same_file_again_changes_nothing(put) -> None:
    put(MESSY)
    before = Entry.objects.count()
    assert "新增 0 行，更新 0 行，不变 3 行" in put(MESSY)
    assert Entry.objects.count() == before
    assert User.objects.count() == 3


def test_a_dry_run_writes_nothing(put) -> None:
    assert "没有写入任何数据" in put(MESSY, dry_run=True)
    assert not User.objects.exists()
    assert not Entry.objects.exists()


def test_a_changed_post_ends_the_old_one(put, school) -> None:
    put([HEAD, ["总务处", "王雨桐", "002", "采购员", "2023-09-01"]])
    put([HEAD, ["总务处", "王雨桐", "002", "保管员", "2026-03-02"]])
    old, new = Appointment.objects.order_by("pk")
    assert (old.post.name, old.ended_on) == ("采购员", date(2026, 3, 2))
    assert (new.post.name, new.started_on, new.is_main) == ("保管员", date(2026, 3, 2), True)
    assert [a.pk for a in appointments_started_since(date(2026, 3, 1))] == [new.pk]
    assert Entry.objects.filter(act="organisation.appointment_ended").count() == 1


def test_a_number_of_two_names_is_refused_even_where_one_is_known(put) -> None:
    put([["部门", "姓名", "岗位"], ["总务处", "王雨桐", "采购员"]])
    report = put([HEAD, ["总务处", "王雨桐", "002", "采购员", None], ["教务处", "马一", "002", "教师", None]])
    assert "第 3 行，工号：工号与第 2 行相同，姓名不同" in report
    assert list(User.objects.values_list("name", "number")) == [("王雨桐", "002")]


def test_rows_of_one_number_are_one_person_even_where_one_is_known(put) -> None:
    put([["部门", "姓名", "岗位"], ["总务处", "王雨桐", "采购员"]])
    put([HEAD, ["教务处", "王雨桐", "002", "班主任", None], ["总务处", "王雨桐", "002", "采购员", None]])
    assert User.objects.count() == 1
    assert held("王雨桐") == [("总务处", "采购员"), ("教务处", "班主任")]


def test_a_further_post_in_the_cell_may_be_held_elsewhere(put) -> None:
    put([HEAD, ["总务处", "王雨桐", "2", "采购员", "2023-09-01"], ["教务处", "王雨桐", "2", "班主任", "2023-09-01"]])
    assert "不变 1 行" in put([HEAD, ["总务处", "王雨桐", "2", "采购员、班主任", "2023-09-01"]])


def test_a_post_that_is_not_named_is_left_alone(put) -> None:
    put([HEAD, ["总务处", "王雨桐", "002", "采购员、班主任", "2023-09-01"]])
    put([HEAD, ["总务处", "王雨桐", "002", "采购员", "2023-09-01"]])
    assert len(held("王雨桐")) == 2


def test_a_further_post_is_added(put) -> None:
    put([HEAD, ["总务处", "王雨桐", "002", "采购员", "2023-09-01"]])
    put([HEAD, ["总务处", "王雨桐", "002", "采购员", None], ["教务处", "王雨桐", "002", "班主任", "2026-03-01"]])
    assert held("王雨桐") == [("总务处", "采购员"), ("教务处", "班主任")]
    assert Appointment.objects.filter(is_main=True).count() == 1


def test_a_post_starting_later_is_not_entered_twice(put, settings) -> None:
    settings.QINGQU_TODAY = date(2026, 3, 1)
    rows = [HEAD, ["总务处", "王雨桐", "002", "采购员", "2026-09-01"]]
    put(rows)
    assert "不变 1 行" in put(rows)


def test_facts_are_updated(put) -> None:
    put([["部门", "姓名", "岗位", "任职日期"], ["总务处", "王雨桐", "采购员", "2023-09-01"]])
    put([[*HEAD, "手机", "到校日期"], ["总务处", "王雨桐", "002", "采购员", "2023-09-05", "13800000002", "2019-08-20"]])
    person = User.objects.get()
    assert (person.number, person.phone, person.joined_on) == ("002", "13800000002", date(2019, 8, 20))
    assert person.username == "yc7z-0001"
    assert Appointment.objects.get().started_on == date(2023, 9, 5)


def test_empty_cells_take_nothing_away(put) -> None:
    put([[*HEAD, "手机"], ["总务处", "王雨桐", "002", "采购员", "2023-09-01", "13800000002"]])
    put([[*HEAD, "手机"], ["总务处", "王雨桐", "002", "采购员", None, None]])
    assert User.objects.get().phone == "13800000002"
    assert Appointment.objects.get().started_on == date(2023, 9, 1)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["总务处", "王强", None, "主任", None], ["总务处", "王强", None, "采购员", None]], "同名，请填写工号"),
        ([["总务处", "王强", None, "主任", None], ["教务处", "王强", None, "教师", None]], "同名，请都填写工号"),
        ([["总务处", "王强", "1", "主任", None], ["教务处", "李四", "1", "教师", None]], "工号与第 2 行相同"),
        ([["总务处", None, "1", "主任", None]], "请填写姓名"),
        ([[None, "王强", "1", "主任", None]], "请填写部门"),
        ([["总务处", "王强", "1", "主任", "2024.13.1"]], "没有“2024.13.1”这一天"),
    ],
)
def test_rows_that_cannot_be_taken(put, rows, says) -> None:
    assert says in put([HEAD, *rows])


def test_people_of_one_name_are_told_apart_by_number(put) -> None:
    rows = [HEAD, ["总务处", "王强", "1", "主任", None], ["总务处", "王强", "2", "采购员", None]]
    put(rows)
    assert User.objects.filter(name="王强").count() == 2
    assert "不变 2 行" in put(rows)


def test_who_moves_without_a_number_is_the_same_person(put) -> None:
    put([["部门", "姓名", "岗位"], ["总务处", "王强", "采购员"], ["教务处", "李四", "教师"]])
    put([["部门", "姓名", "岗位"], ["教务处", "王强", "教师"], ["教务处", "李四", "教师"]])
    assert User.objects.count() == 2
    assert held("王强") == [("教务处", "教师")]


def test_who_began_without_a_post_is_the_one_in_the_roster(put, school) -> None:
    began = make_user("dangban", "何敏")
    make_duty(school, began, "party_office")

    put([HEAD, ["党办", "何敏", "004", "党办主任", "2020-08-20"]])

    began.refresh_from_db()
    assert User.objects.filter(name="何敏").get() == began
    assert (began.username, began.number) == ("dangban", "004")
    assert held("何敏") == [("党办", "党办主任")]


def test_two_of_the_name_in_the_roster_are_not_who_began(put, school) -> None:
    began = make_user("dangban", "何敏")
    make_duty(school, began, "party_office")

    put([HEAD, ["党办", "何敏", "004", "干事", "2020-08-20"], ["食堂", "何敏", "005", "厨师", "2020-08-20"]])

    assert User.objects.filter(name="何敏").count() == 3


def test_a_double_row_is_skipped(put) -> None:
    assert "1 行重复" in put([HEAD, ["总务处", "王强", "1", "主任", None], ["总务处", "王强", "1", "主任", None]])
    assert Appointment.objects.count() == 1


def test_a_wrong_row_of_a_person_does_not_end_what_it_names(put) -> None:
    put([HEAD, ["总务处", "王强", "1", "采购员", "2023-09-01"], ["总务处", "王强", "1", "班主任", "2023-09-01"]])
    put([HEAD, ["总务处", "王强", "1", "采购员", "坏"], ["总务处", "王强", "1", "保管员", None]])
    assert ("总务处", "采购员") in held("王强")


def test_a_number_of_somebody_else_is_refused(put) -> None:
    put([HEAD, ["总务处", "王强", "1", "主任", None]])
    assert "工号 1 是“王强”，与姓名不符" in put([HEAD, ["总务处", "李四", "1", "主任", None]])
    assert User.objects.count() == 1


def test_a_retired_unit_or_post_is_not_filled(put, school) -> None:
    put([HEAD, ["总务处", "王强", "1", "主任", None]])
    Unit.objects.filter(name="总务处").update(is_active=False)
    assert "“总务处”已停用" in put([HEAD, ["总务处", "李四", "2", "教师", None]])


def test_who_is_absent_stays_and_is_counted(put) -> None:
    put([HEAD, ["总务处", "王强", "1", "主任", None], ["总务处", "李四", "2", "教师", None]])
    assert "在任而名册中没有的 1 人" in put([HEAD, ["总务处", "王强", "1", "主任", None]])
    assert held("李四")


def test_duties_heads_and_leaders(put, school) -> None:
    head = ["部门", "姓名", "工号", "岗位", "岗位类别", "职责身份", "第一责任人", "分管领导"]
    report = put(
        [
            head,
            ["校领导", "何建平", "1", "副校长", None, "班子成员、纪委", None, None],
            ["总务处", "李明远", "2", "主管", "中层", None, "是", "何建平"],
            ["总务处", "王强", "3", "采购员", None, "党办，系统管理员", None, "何健平"],
            ["总务处", "吴晓", "4", "保管员", None, "馆长", "是", None],
        ]
    )
    assert set(Duty.objects.values_list("kind", flat=True)) == {"team", "discipline"}
    assert "不能由同一人担任" in report
    assert "名册中没有“何健平”，是否为“何建平”？" in report
    assert "本部门的第一责任人已是第 3 行的“李明远”" in report
    office = Unit.objects.get(name="总务处")
    assert (office.responsible.name, office.leader.name) == ("李明远", "何建平")
    assert Post.objects.get(name="主管").tier == "middle"
    assert Post.objects.get(name="副校长").tier == "leader"


def test_kinds_of_the_personnel_office_are_not_ours(put) -> None:
    put([["部门", "姓名", "岗位", "岗位类别"], ["总务处", "王强", "教务主任", "专业技术岗位"]])
    assert Post.objects.get().tier == "middle"


def test_one_post_has_one_kind(put) -> None:
    head = ["部门", "姓名", "工号", "岗位", "岗位类别"]
    assert "类别不一致" in put([head, ["总务处", "甲", "1", "干事", "中层"], ["总务处", "乙", "2", "干事", "教师"]])


def test_a_new_department_like_a_known_one_is_asked_about(put) -> None:
    put([HEAD, ["总务处", "王强", "1", "主任", None]])
    assert "总务科（是否为“总务处”？）" in put([HEAD, ["总务科", "李四", "2", "教师", None]])
    put([[*HEAD, "党支部"], ["总务处", "王强", "1", "主任", None, "第一党支部"]])
    assert "第三党支部。" in put([[*HEAD, "党支部"], ["总务处", "李四", "2", "教师", None, "第三党支部"]])


def test_a_number_taken_in_another_school_gets_another_sign_in_name(put, cast: Cast) -> None:
    cast.zhou.username = cast.zhou.number = "001"
    cast.zhou.save()
    put([HEAD, ["总务处", "王强", "001", "主任", None]])
    assert User.objects.get(name="王强").username == "yc7z-001"


def test_the_export_imports_to_nothing(cast: Cast, tmp_path: Path) -> None:
    BranchMembership.objects.create(person=cast.wang, branch=cast.branch)
    make_unit("办公室", parent=cast.office)
    second = make_unit("办公室", parent=cast.teaching)
    Appointment.objects.create(
        person=cast.wu, post=Post.objects.create(unit=second, name="文员"), started_on=date(2024, 1, 1), is_main=False
    )
    file = tmp_path / "导出.xlsx"
    file.write_bytes(export.roster(cast.school))
    before = Entry.objects.count(), Appointment.objects.count(), User.objects.count(), Unit.objects.count()
    report = "\n".join(import_file(file, cast.school).lines)
    assert "0 行需要更正" in report
    assert "新增 0 行，更新 0 行" in report
    assert (Entry.objects.count(), Appointment.objects.count(), User.objects.count(), Unit.objects.count()) == before


def test_the_template_explains_itself(cast: Cast) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(export.template(cast.school)))
    assert workbook.sheetnames == ["教职工名册", "选项", "填写说明"]
    choices = [cell.value for column in workbook["选项"].iter_cols() for cell in column if cell.value]
    assert {"总务处", "领导岗位", "第一党支部"} <= set(choices)


def test_no_table_of_people_is_refused(put) -> None:
    with pytest.raises(UnreadableFile, match="没有找到表头"):
        put([["只有一列"], ["内容"]])
    with pytest.raises(UnreadableFile, match="列名（产品、单价）中没有姓名"):
        put([["产品", "单价"], ["桌子", 100]])


def test_csv_of_an_old_excel(put) -> None:
    put("部门,姓名,岗位\r\n总务处,王强,主任\r\n".encode("gb18030"), name="名册.csv")
    assert held("王强") == [("总务处", "主任")]


@pytest.mark.parametrize(
    ("post", "tier"),
    [
        ("党委书记", "leader"),
        ("分管后勤副校长", "leader"),
        ("校长", "leader"),
        ("纪委书记", "leader"),
        ("校长助理", "staff"),
        ("支部书记", "middle"),
        ("团委书记", "middle"),
        ("总务主任", "middle"),
        ("年级主任", "middle"),
        ("教研组长", "middle"),
        ("班主任", "staff"),
        ("备课组长", "staff"),
        ("任课教师", "staff"),
    ],
)
def test_the_kind_of_a_post_by_its_name(post, tier) -> None:
    assert tier_of(post) == tier


def test_who_heads_a_unit_by_his_post() -> None:
    assert heads_a_unit("总务主任")
    assert not any(heads_a_unit(post) for post in ("副主任", "班主任", "年级主任", "教师"))


def test_statements_do_not_grow_with_people(school, tmp_path: Path) -> None:
    def statements(count: int, start: int) -> int:
        file = tmp_path / f"{count}.xlsx"
        rows = [["总务处", f"人{chr(0x4E00 + n)}", str(n), "采购员", "2024-09-01"] for n in range(start, start + count)]
        file.write_bytes(book(("Sheet1", [HEAD, *rows])))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert f"新增人员 {count} 名" in "\n".join(import_file(file, school).lines)
        return len(captured)

    statements(1, 0)
    few, many = statements(10, 100), statements(200, 1000)
    assert many - few < 10, "rows go in batches, as large as the database takes"
