"""Files as they arrive: right ones, wrong ones, broken ones, hostile ones."""

import io
import struct
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile

from qingqu.common.tabular import MAX_BYTES, UnreadableFile, check_size, open_workbook
from tests.common.books import book, zipped

ROWS = [["姓名", "部门", "任职日期"], ["王强", "总务处", date(2024, 9, 1)]]

WHOLE = book(("名册", ROWS))


def refusal(data: bytes, name: str = "名册.xlsx") -> str:
    with pytest.raises(UnreadableFile) as caught:
        open_workbook(data, name)
    return caught.value.reason


def test_a_workbook():
    sheet = open_workbook(book(("名册", ROWS)), "名册.xlsx")[0]
    assert sheet.name == "名册"
    assert sheet.rows == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_files(encoding, separator):
    text = f"姓名{separator}部门\r\n王强{separator}总务处\r\n"
    assert open_workbook(text.encode(encoding), "名册.csv")[0].rows == [["姓名", "部门"], ["王强", "总务处"]]


def test_merged_cells_are_filled():
    data = book(
        ("表", [["部门", "姓名"], ["总务处", "王"], [None, "李"], ["合计", None]]), merge={"表": ["A2:A3", "A4:B4"]}
    )
    assert open_workbook(data, "a.xlsx")[0].rows[1:] == [["总务处", "王"], ["总务处", "李"], ["合计", "合计"]]


def test_formulas_give_stored_values_and_faults():
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheet = workbook.add_worksheet("表")
    sheet.write_formula("A1", "=1+1", None, 2)
    sheet.write_formula("B1", "=1/0", None, "#DIV/0!")
    workbook.close()
    read = open_workbook(out.getvalue(), "a.xlsx")[0]
    assert read.rows[0][0] == 2
    assert read.faults == {(0, 1): "error"}


def test_a_formula_that_was_never_calculated():
    assert open_workbook(book(("表", [["姓名"], ["=A1"]])), "a.xlsx")[0].faults == {(1, 0): "formula"}


def test_hidden_sheets_are_left_out_and_named():
    workbook = openpyxl.Workbook()
    workbook.active.append(["姓名"])
    hidden = workbook.create_sheet("选项")
    hidden.append(["秘密"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    sheets = open_workbook(out.getvalue(), "a.xlsx")
    assert len(sheets) == 1
    assert "选项" in sheets[0].notes[0]


def test_macros_are_ignored_and_said():
    plain = zipfile.ZipFile(io.BytesIO(book(("表", ROWS))))
    files = {name: plain.read(name) for name in plain.namelist()} | {"xl/vbaProject.bin": b"Sub Auto_Open()"}
    assert "宏" in open_workbook(zipped(files), "a.xlsm")[0].notes[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "空的"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "图片"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "图片"),
        (b"Rar!\x1a\x07", "压缩包"),
        (zipped({"word/document.xml": b"<w/>"}), "Word"),
        (zipped({"ppt/presentation.xml": b"<p/>"}), "演示文稿"),
        (zipped({"readme.txt": b"hello"}), "压缩包"),
        (b"<html><body>Login</body></html>", "网页"),
        (b"MZ\x90\0", "程序"),
        (b"PK\x03\x04broken", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "损坏"),
        (b"\x01\x02\x00\x03" * 10, "不是表格"),
        (book(("空", [])), "没有内容"),
        (b"\n\n,,\n", "没有内容"),
    ],
)
def test_a_wrong_file_is_named(data, says):
    assert says in refusal(data)


def test_a_password():
    plain, locked = io.BytesIO(book(("表", ROWS))), io.BytesIO()
    OOXMLFile(plain).encrypt("secret", locked)
    assert "密码" in refusal(locked.getvalue())


def test_size_is_refused_before_reading():
    with pytest.raises(UnreadableFile, match="200 MB"):
        check_size(200 * 1024 * 1024)
    check_size(MAX_BYTES)
    check_size(None)


def test_zip_bombs():
    assert "压缩比" in refusal(zipped({"xl/workbook.xml": b"", "xl/sheet.xml": b"0" * 40_000_000}))
    assert "过大" in refusal(zipped({"xl/workbook.xml": b""} | {f"f{i}": b"" for i in range(2100)}))
    lying = bytearray(zipped({"xl/workbook.xml": b"", "a": b"0"}))
    at = lying.rindex(b"PK\x01\x02") + 24
    lying[at : at + 4] = struct.pack("<I", 0xFFFFFFF0)
    assert "过大" in refusal(bytes(lying))


def test_a_cell_in_the_last_corner_takes_nobody_with_it():
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheet = workbook.add_worksheet()
    sheet.write(0, 0, 1)
    sheet.write(1048575, 16383, 1)
    workbook.close()
    assert "最末" in refusal(out.getvalue())


@pytest.mark.parametrize("cell", ["A50001", "GS1"])
def test_too_many_rows_or_columns(cell):
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    workbook.add_worksheet("表").write(cell, 1)
    workbook.close()
    assert "超过 50000 行或 200 列" in refusal(out.getvalue())


def test_a_csv_of_too_many_rows():
    assert "超过" in refusal(b"a,b\n" * 50_001, "a.csv")


def test_a_document_type_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    workbook.add_worksheet().write("A1", "王强")
    workbook.close()
    plain = zipfile.ZipFile(out)
    files = {name: plain.read(name) for name in plain.namelist()}
    strings = files["xl/sharedStrings.xml"].decode()
    doctype = f'<!DOCTYPE sst [<!ENTITY x SYSTEM "file://{secret}">]>'
    files["xl/sharedStrings.xml"] = (doctype + strings.replace("王强", "&x;")).encode()
    try:
        sheets = open_workbook(zipped(files), "a.xlsx")
    except UnreadableFile:
        return
    assert "SECRET" not in str(sheets)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=3000), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"])
)
def test_random_bytes_never_crash(noise, start):
    try:
        open_workbook(start + noise, "a.xlsx")
    except UnreadableFile:
        return


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_cut_and_bitten_files_never_crash(data):
    whole = bytearray(WHOLE)
    cut = data.draw(st.integers(1, len(whole)))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, cut - 1), st.integers(0, 255)), max_size=8)):
        whole[at] = byte
    try:
        open_workbook(bytes(whole[:cut]), "a.xlsx")
    except UnreadableFile:
        return


def test_errors_in_an_old_workbook_are_no_empty_cells():
    data = (Path(__file__).parent / "files" / "formulas.xls").read_bytes()
    assert open_workbook(data, "表.xls")[0].faults == {(2, 5): "error", (3, 4): "error"}
    assert open_workbook(data, "表.et")[0].rows[4][5] == 2


FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_older_and_open_formats(ending):
    sheet = open_workbook((FILES / f"roster.{ending}").read_bytes(), f"名册.{ending}")[0]
    assert sheet.rows[1] == ["部门", "姓名", "岗位", "任职日期"]
    assert sheet.rows[2] == ["总务处", "王 强", "主任", "２０２４．９．１"]
    assert sheet.rows[3][0] == "总务处", "merged cells are filled"
    assert sheet.hidden_rows == []


def test_hidden_rows_of_an_old_workbook():
    data = (FILES / "roster.xls").read_bytes()
    row = bytes.fromhex("080210000300000004002c0100000000")
    assert data.count(row) == 1
    hidden = data.replace(row + b"\0", row + b"\x20")
    assert open_workbook(hidden, "名册.et")[0].hidden_rows == [4]


def test_hidden_rows_of_an_open_workbook():
    package = zipfile.ZipFile(FILES / "roster.ods")
    files = {name: package.read(name) for name in package.namelist() if not name.endswith("/")}
    before, *rows = files["content.xml"].split(b"<table:table-row ")
    rows[2] = b'table:visibility="filter" ' + rows[2]
    rows.insert(1, b'table:number-rows-repeated="3" table:visibility="collapse"><table:table-cell/></table:table-row>')
    files["content.xml"] = b"<table:table-row ".join([before, *rows])
    sheet = open_workbook(zipped(files), "名册.ods")[0]
    assert sheet.hidden_rows == [2, 3, 4, 6]
    assert (sheet.rows[5][1], sheet.merged) == ("王 强", [(0, 0, 0, 3), (5, 0, 6, 0)])
