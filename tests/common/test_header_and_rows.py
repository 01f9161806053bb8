"""A roster as a school really keeps it."""

from datetime import date

import pytest

from qingqu.common.tabular import Column, check_row, find_header, guess_mapping, open_workbook, read_rows, signature
from qingqu.common.tabular.clean import Choice
from tests.common.books import book

COLUMNS = [
    Column(
        "unit", "部门", required=True, synonyms=["科室", "处室", "所在部门"], kind="label", carry=True, max_length=20
    ),
    Column("name", "姓名", required=True, synonyms=["教师姓名", "教职工姓名"], kind="name"),
    Column("number", "工号", synonyms=["职工号", "教工号"], kind="code"),
    Column("phone", "手机", synonyms=["联系电话", "手机号码"], kind="phone"),
    Column("post", "岗位", synonyms=["职务", "现任职务"], kind="label"),
    Column("since", "任职日期", synonyms=["任现岗时间"], kind="date"),
    Column(
        "tier",
        "岗位类别",
        kind="choice",
        choices=[Choice("leader", "领导岗位"), Choice("staff", "教职工岗位", ["教师"])],
    ),
]


def read(*sheets, merge=None, sheet_as=""):
    rows = []
    for sheet in open_workbook(book(*sheets, merge=merge), "名册.xlsx"):
        header = find_header(sheet, COLUMNS)
        assert header is not None
        rows += read_rows(sheet, header, header.mapping, COLUMNS, sheet_as=sheet_as)
    return rows


def test_a_roster_with_everything_that_happens():
    rows = read(
        (
            "Sheet1",
            [
                ["云川市第五中学教职工名册"],
                ["填表单位：人事室", None, None, None, "２０２６年３月"],
                ["序号", "所在部门", "教师姓名", "职工号", "现任职务", "任现岗时间"],
                [1, "总务处", "王 强", "００１", "主任", "２０２４．９．１"],
                [2, None, "李　明", "002", "保管员", "2024年9月1日"],
                ["小计", None, 2],
                ["序号", "所在部门", "教师姓名", "职工号", "现任职务", "任现岗时间"],
                [3, "教务处", "赵静", 3, "教师", "去年"],
                [],
                ["制表人：陈", None, None, None, "审核人：孙"],
            ],
        ),
        merge={"Sheet1": ["A1:F1", "B4:B5"]},
    )
    assert [row.number for row in rows] == [4, 5, 8]
    assert [row.values["unit"] for row in rows] == ["总务处", "总务处", "教务处"]
    assert rows[0].values == {
        "unit": "总务处",
        "name": "王强",
        "number": "001",
        "post": "主任",
        "since": date(2024, 9, 1),
    }
    assert rows[0].mended["since"] == "原为“２０２４．９．１”"
    assert rows[0].mended["name"] == "原为“王 强”"
    assert rows[2].problems == {"since": "“去年”不是日期，请写成 2024-09-01 这样的年月日"}
    assert not rows[2].is_good


def test_a_department_written_once_is_carried_down():
    rows = read(("Sheet1", [["部门", "姓名"], ["总务处", "王"], [None, "李"], ["教务处", "赵"]]))
    assert [row.values["unit"] for row in rows] == ["总务处", "总务处", "教务处"]
    assert rows[1].mended == {"unit": "与上一行相同"}


def test_one_sheet_per_department():
    rows = read(
        ("总务处", [["总务处人员"], ["姓名", "职务"], ["王", "主任"]]),
        ("教务处", [["姓名", "职务"], ["赵", "教师"]]),
        sheet_as="unit",
    )
    assert [(row.values["unit"], row.sheet, row.number) for row in rows] == [
        ("总务处", "总务处", 3),
        ("教务处", "教务处", 2),
    ]


def test_department_lines_between_the_rows():
    rows = read(
        (
            "Sheet1",
            [["姓名", "职务"], ["一、总务处（2人）"], ["王", "主任"], ["李", "保管员"], ["二、教务处"], ["赵", "教师"]],
        ),
        sheet_as="unit",
    )
    assert [row.values["unit"] for row in rows] == ["总务处", "总务处", "教务处"]


def test_a_head_in_two_rows():
    rows = read(
        (
            "名册",
            [
                ["部门", "基本情况", None, "任职"],
                [None, "姓名", "工号", "任现岗时间"],
                ["总务处", "王", "1", "2024-9-1"],
            ],
        ),
        merge={"名册": ["B1:C1"]},
    )
    assert rows[0].values["unit"] == "总务处"
    assert rows[0].values["since"] == date(2024, 9, 1)


def test_the_example_row_is_left_out():
    rows = read(("名册", [["序号", "部门", "姓名"], ["示例", "总务处", "张三"], [1, "总务处", "王"]]))
    assert [row.values["name"] for row in rows] == ["王"]


@pytest.mark.parametrize(
    ("titles", "keys"),
    [
        (["科室", "姓名*", "联系电话："], ["unit", "name", "phone"]),
        (["部门负责人", "部门名称", "姓　名"], [None, "unit", "name"]),
        (["工号（必填）", "教工姓名", "岗位类别", "岗位"], ["number", "name", "tier", "post"]),
        (["备注", "年龄"], [None, None]),
    ],
)
def test_titles_are_guessed(titles, keys):
    mapping = guess_mapping(titles, COLUMNS)
    assert [mapping.get(i) for i in range(len(titles))] == keys


def test_what_is_foreseen_is_not_what_was_paid():
    amount, deliver = Column("amount", "金额"), Column("deliver", "到货日期")
    titles = ["预算金额（万元）", "计划到货日期", "合同金额"]
    assert guess_mapping(titles, [amount, deliver]) == {2: "amount"}
    assert guess_mapping(["预算金额"], [Column("planned", "预算金额")]) == {0: "planned"}


def test_no_header():
    sheet = open_workbook(book(("表", [["甲", "乙"], [1, 2]])), "a.xlsx")[0]
    assert find_header(sheet, COLUMNS) is None


def test_a_formula_that_failed_is_a_row_error():
    rows = read(("名册", [["部门", "姓名"], ["总务处", "=B1"]]))
    assert "公式" in rows[0].problems["name"]


def test_a_signature_ignores_dressing():
    assert signature(["姓名*", " 部 门 "]) == signature(["姓名", "部门：", ""])
    assert signature(["姓名", "部门"]) != signature(["部门", "姓名"])


def test_mended_cells_are_checked_again():
    row = check_row({"unit": "总务处", "name": "", "since": "2024.9.1", "tier": "教师"}, COLUMNS, 7)
    assert row.problems == {"name": "请填写姓名"}
    assert row.values["tier"] == "staff"
    assert check_row({"unit": "处" * 21, "name": "王"}, COLUMNS, 7).problems == {"unit": "不超过 20 字，现有 21 字"}
