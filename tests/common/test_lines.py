"""Texts whose quotation marks are not in pairs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingqu.common.tabular import open_workbook
from qingqu.common.tabular.lines import QUOTE, rows_of

CELLS = st.text(st.sampled_from('纸5,"\n '), max_size=4)


def read(text: str, separator: str = ",") -> tuple[list[list[str]], dict[int, dict[int, str]]]:
    faults: dict[int, dict[int, str]] = {}
    return list(rows_of(io.StringIO(text, newline=""), separator, faults)), faults


@given(st.lists(st.lists(st.text(st.sampled_from('纸5"\n '), max_size=4), min_size=3, max_size=3), min_size=1))
def test_what_is_written_rightly_is_read_as_it_is(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    assert read(out.getvalue()) == (rows, {})


@given(st.lists(st.lists(st.sampled_from(["纸", "5", '"好"']), min_size=1, max_size=4), max_size=9))
def test_an_open_quotation_mark_takes_no_other_row_with_it(below: list[list[str]]) -> None:
    text = "\n".join(["单号,名称,金额", 'A1,"纸,5', *(",".join(row) for row in below)])
    rows, faults = read(text)
    assert rows[1] == ["A1", "纸", "5"]
    assert rows[2:] == [[cell.strip('"') for cell in row] for row in below]
    assert faults == {2: {1: QUOTE}}


def test_a_cell_of_several_lines_is_no_row() -> None:
    text = '单号,名称,金额\r\nA1,"纸，\r\n笔",5\r\nA2,"1,2\r\n3",6\r\n'
    assert read(text) == ([["单号", "名称", "金额"], ["A1", "纸，\r\n笔", "5"], ["A2", "1,2\r\n3", "6"]], {})


@pytest.mark.parametrize("line", ['A2,"笔', 'A2,"笔\t6', 'A2,笔"'])
def test_lines_that_were_swallowed_are_looked_at_each(line: str) -> None:
    rows, faults = read(f'单号,名称,金额\nA1,"纸,5\n{line}\nA3,墨,7')
    assert (len(rows), sorted(faults)) == (4, [2, 3])


def test_a_cell_that_never_ends_is_refused_at_its_limit() -> None:
    csv.field_size_limit(100_000)
    rows, faults = read('单号,名称\nA1,"纸\n' + "A,5\n" * 60_000)
    assert (len(rows), faults) == (60_002, {2: {1: QUOTE}})
    with pytest.raises(csv.Error):
        read("A" * 100_001)


def test_a_text_of_a_roster_says_where() -> None:
    sheet = open_workbook('姓名,部门\n王强,"总务处\n李明,教务处\n'.encode(), "名册.csv")[0]
    assert (len(sheet.rows), sheet.faults) == (3, {(1, 1): QUOTE})
