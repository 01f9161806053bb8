"""Rows read many at once say what rows read one by one say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingqu.datasets.columns import Column, key_of, line_reader, read_row, written

CELL = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "无", "1", "1.5", "１２", "2026-04-30", "2026年4月30日", "是", "•••", "'=1", '引"号%s', "错\n行"]
    ),
    st.sampled_from([0, 1, 1.0, True, False, date(2026, 4, 30)]),
    st.text(max_size=5),
)


def _columns() -> list[Column]:
    return [
        Column("no", "单号", "text", required=True, is_key=True),
        Column("who", "经办人", "hashed", "name", is_key=True),
        Column("day", "日期", "date"),
        Column("sum", "金额", "money"),
        Column("qty", "数量", "number"),
        Column("n", "份数", "count", required=True),
        Column("ok", "验收", "flag"),
        Column("at", "时间", "moment"),
    ]


@pytest.mark.parametrize("key", [("no", "who"), ("no",), ()])
@given(rows=st.lists(st.lists(CELL, max_size=9), max_size=12))
def test_each_row_says_the_same(key: tuple[str, ...], rows: list[list[Any]]) -> None:
    columns = _columns()
    positions = {"no": 0, "who": 1, "day": 7, "sum": 3, "qty": 4, "n": 5, "ok": 6}
    found = list(line_reader(columns, positions, key)(rows))
    assert len(found) == len(rows)
    for row, line in zip(rows, found, strict=True):
        cells = {name: row[place] for name, place in positions.items() if place < len(row)}
        read = read_row(cells, columns)
        assert line == (None if read.problems else (key_of(read.values, key), written(read.values)))


def test_true_one_and_a_text_are_not_taken_for_each_other() -> None:
    read = line_reader([Column("t", "说明", "text")], {"t": 0}, ())
    cells = [["1"], [True], [1], [1.0], ["True"], [True]]
    assert [line and line[1] for line in read(cells)] == [
        '{"t":"1"}', '{"t":"是"}', '{"t":"1"}', '{"t":"1"}', '{"t":"True"}', '{"t":"是"}'
    ]  # fmt: skip
