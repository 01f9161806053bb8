"""Which rows of an office's file are no records."""

from __future__ import annotations

from typing import Any

import pytest

from qingqu.datasets.raw import RawRow


@pytest.mark.parametrize(
    ("cells", "is_foot"),
    [
        (["制表人：张三", "", "", ""], True),
        (["", "审核：李四", None, "", "", "日期：2025.12.31"], True),
        (["说明：本表按合同金额填列", "", "", ""], True),
        (["备注1、含税", None, None, None], True),
        (["一、办公用品", None, None, 999], True),
        (["A5", "一、二年级作业本", "班级", 30], False),
        (["单位负责人:", "", "财务主管：", ""], True),
        (["制表人：张三", "2025-03-02", "29,400", "通达五金"], False),
        (["CG25-001", "", "", ""], False),
        (["会计核算软件", "", "", ""], False),
        ([20250302, None, None, None], False),
        (["", None], False),
        (["以下空白", None, None], True),
        (["", "第1页 共1页", None], True),
        (["（盖章）", None, None, None], True),
        (["校长签字", None, None, "财务签字："], True),
        (["校长签字", "王五", "2025-03-02", None, None, None], False),
        (["审核意见", "同意", None, None], True),
        (["填表说明", "金额填元", None, None], True),
        (["2.日期按实际填写", None, None], True),
        (["2.日期", "2025-03-02", None, None], False),
        (["2025年12月31日", None, None], True),
        (["2月份采购", None, None], True),
        (["2月份采购", 300, None, None], False),
        (["第二批粉笔", "第二批粉笔", "第二批粉笔"], True),
        (["粉笔", "粉笔", None], False),
        (["第5页", "打印", 3], False),
        (["制表人：张三"], True),
        (["（示例）CG001", "2025-01-01", 100], True),
        (["例：CG001", "2025-01-01", 100], True),
        (["例会用水", "2025-01-01", 100], False),
    ],
)
def test_what_stands_under_a_table(cells: list[Any], is_foot: bool) -> None:
    assert RawRow(9, cells).is_foot is is_foot


@pytest.mark.parametrize(
    ("cells", "is_total"),
    [
        (["小计", None, 300], True),
        (["", "", "本月合计", 5600], True),
        (["", "承前页", "", 5600], True),
        ([None, "过次页", None, 5600], True),
        (["", "本年累计", 5600], True),
        (["合计：", None, 5600], True),
        (["合计（元）", None, 5600], True),
        (["小 计（12笔）", None, 5600], True),
        (["合计（大写）：壹万元整", None, None], True),
        (["", "总计：1200元"], True),
        (["总计金额", None, 5600], True),
        (["共计3笔", None, 5600], True),
        (["9月小计:", None, 5600], True),
        ([None, None, None, None, "小计", 5600], True),
        (["A5", "2025-03-02", "纸", "甲店", "小计", 30], False),
        (["A3", "小计算器", 30], False),
        (["A4", "电子合计(5 位)计数器", 30], False),
        (["A1", "会计软件", "打印页", 300], False),
        (["A2", "第二页目录印刷", "统计员培训", 300], False),
        (["A1", "合计1200元的办公用品", 1200], False),
        (["合计1200元的办公用品", "2025-03-02", 1200], False),
        (["A1", "合计：办公用品一批", 300], False),
        (["A1", "合计（5本）笔记本", 300], False),
        (["A1", "总计划书印刷", 300], False),
        (["总务处小计", None, "300", None], True),
        (["设备合计", "甲店", 300, None], False),
        (["A1", "设备合计", 300, None], False),
        (["本页合计", "300"], True),
        (["合计　1,200.00 元"], True),
        (["合计：人民币壹万贰仟元整（¥12,000.00）"], True),
        (["总计（小写）：￥1200.50"], True),
        (["合计" + "1," * 9_000 + "的"], False),
    ],
)
def test_what_sums_up_other_rows(cells: list[Any], is_total: bool) -> None:
    assert RawRow(9, cells).is_total is is_total
