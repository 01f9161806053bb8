"""Tables that accounting and office systems save as a page or an XML Spreadsheet 2003, mostly under the name .xls."""

import codecs
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingqu.common.tabular import Sheet, UnreadableFile, open_workbook
from qingqu.common.tabular.workbook import MAX_ROWS

LEDGER = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta http-equiv=Content-Type content="text/html; charset=gb2312">
<style>td {mso-number-format:General} .text {mso-number-format:"\\@"}</style>
<!--[if gte mso 9]><xml><x:ExcelWorkbook><x:ExcelWorksheets><x:ExcelWorksheet>
<x:Name>支出明细账</x:Name></x:ExcelWorksheet></x:ExcelWorksheets></x:ExcelWorkbook>
<x:ExcelName><x:Name>Print_Titles</x:Name><x:Formula>=支出明细账!$1:$4</x:Formula></x:ExcelName></xml><![endif]-->
</head><body><table border=1>
<tr><td colspan=4 align=center><b>2025年支出明细账</b></td></tr>
<tr><td colspan=4>单位：示范中学&nbsp;&nbsp;金额单位：元</td></tr>
<tr><th rowspan=2>凭证号</th><th rowspan=2>日期</th><th colspan=2>金额</th></tr>
<tr><th>预算</th><th>实际</th></tr>
<tr><td class=text style='mso-number-format:"\\@"'>0012</td><td x:num="45658">2025-1-1</td>
    <td x:num="1234.567">1,234.57</td><td x:num="0.5">50%</td></tr>
<tr><td style="vnd.ms-excel.numberformat:@" x:num="13">013</td><td>2025年1月2日</td>
    <td x:num="1000000">#####</td><td x:num="0"> - </td></tr>
</table></body></html>"""

SPREADSHEET = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">
 <Styles><Style ss:ID="s21"><NumberFormat ss:Format="@"/></Style></Styles>
 <Worksheet ss:Name="支付明细"><Table ss:ExpandedColumnCount="5">
  <Column ss:Width="80"/>
  <Row><Cell ss:MergeAcross="4"><Data ss:Type="String">国库集中支付明细</Data></Cell></Row>
  <Row ss:Index="3"><Cell><Data ss:Type="String">支付单号</Data></Cell><Cell><Data ss:Type="String">日期</Data></Cell>
   <Cell ss:Index="4"><Data ss:Type="String">金额</Data></Cell><Cell><Data ss:Type="String">已审</Data></Cell></Row>
  <Row><Cell ss:MergeDown="1"><Data ss:Type="String">0012</Data></Cell>
   <Cell ss:StyleID="s21"><Data ss:Type="DateTime">2025-03-02T00:00:00.000</Data></Cell>
   <Cell ss:Index="4"><Data ss:Type="Number">1234.5</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
  <Row ss:Hidden="1"><Cell ss:Index="2"><Data ss:Type="DateTime">2025-03-03T09:30:00.000</Data></Cell>
   <Cell ss:Index="4" ss:Formula="=1/0"><Data ss:Type="Error">#DIV/0!</Data></Cell>
   <Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>未</B><Font>审</Font></ss:Data>
    <Comment><ss:Data>不算</ss:Data></Comment></Cell></Row>
  <Row ss:Span="1" ss:Hidden="1"/>
  <Row><Cell><Data ss:Type="Number">330106199001011234</Data></Cell><Cell ss:Index="4" ss:Formula="=RC[-1]"/></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="选项"><Table><Row><Cell><Data ss:Type="String">秘密</Data></Cell></Row></Table>
  <WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions>
 </Worksheet>
</Workbook>"""


def read(text: str | bytes, name: str = "导出.xls") -> list[Sheet]:
    return open_workbook(text if isinstance(text, bytes) else text.encode(), name)


def only(text: str | bytes, name: str = "导出.xls") -> Sheet:
    (sheet,) = read(text, name)
    return sheet


def refusal(text: str | bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(text)
    return caught.value.reason


def table(*rows: str) -> str:
    """Rows with their cells between bars."""
    return (
        "<table>" + "".join("<tr><td>" + "</td><td>".join(row.split("|")) + "</td></tr>" for row in rows) + "</table>"
    )


def test_a_ledger_of_an_accounting_system():
    sheet = only(LEDGER.encode("gb18030"))
    assert sheet.name == "支出明细账"
    assert sheet.rows == [
        ["2025年支出明细账"] * 4,
        ["单位：示范中学 金额单位：元"] * 4,
        ["凭证号", "日期", "金额", "金额"],
        ["凭证号", "日期", "预算", "实际"],
        ["0012", date(2025, 1, 1), 1234.567, 0.5],
        ["013", "2025年1月2日", 1000000, 0],
    ]
    assert sheet.merged == [(0, 0, 0, 3), (1, 0, 1, 3), (2, 0, 3, 0), (2, 1, 3, 1), (2, 2, 2, 3)]


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ('<meta charset="gbk">', "gb18030"),
        ("<META content='text/html; charset=GB2312'>", "gb18030"),
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="utf-8">', "utf-8-sig"),
        ('<meta charset="gb2312">', "utf-8"),
        ('<meta charset="iso-8859-1">', "gb18030"),
        ('<meta charset="utf-8">', "gb18030"),
        ('<meta charset="unicode">', "utf-16"),
        ("", "gb18030"),
        ("", "utf-8"),
        ('<?xml version="1.0" encoding="gb2312"?>', "gb18030"),
    ],
)
def test_encodings(said, encoding):
    page = f"{said}<html><body>{table('姓名|部门', '王强|总务处')}</body></html>"
    data = page.encode(encoding)
    assert only(data).rows == [["姓名", "部门"], ["王强", "总务处"]]


def test_two_signs_of_gbk_that_are_others_in_utf_8():
    said = "<meta charset=gb2312>" + table("a|b", "模|1")
    assert said.encode("gb18030").decode("utf-8"), "else the case shows nothing"
    assert only(said.encode("gb18030")).rows[1] == ["模", "1"]


def test_big5():
    data = ("<meta charset=big5>" + table("姓名|部門", "陳強|總務處")).encode("big5")
    assert only(data).rows[1] == ["陳強", "總務處"]


def test_an_encoding_that_nobody_knows():
    assert "编码" in refusal(b"<table><tr><td>\xff\xff\xfe\x80<td>2</table>")


def test_cells_as_people_see_them():
    page = """<table><tr><td>品名</td><td>说明</td><td>单价</td></tr>
    <tr><td> 粉笔&nbsp; </td><td>第一行<br>第二<!-- 不算 -->行<p>第三行</p></td><td align="right">12.00</td></tr>
    <tr><td>办公
        用品</td><td><span style="display:none">20250102</span>一月二日<script>if (a<b) c()</script></td>
        <td style='mso-ignore:colspan' colspan=2></td></tr>
    <tr><td>A4 copy
        paper</td><td>&lt;甲&gt; &amp; 乙<select><option>丙<option>丁</select></td><td>="0012"</td></tr>
    <tr><td>'0013</td><td x:err="#DIV/0!">#DIV/0!</td><td x:num>3</td></tr></table>"""
    sheet = only(page)
    assert sheet.rows[1:] == [
        ["粉笔", "第一行\n第二行\n第三行", "12.00"],
        ["办公用品", "一月二日", None],
        ["A4 copy paper", "<甲> & 乙", "0012"],
        ["0013", "#DIV/0!", "3"],
    ]
    assert (sheet.faults, sheet.merged) == ({(4, 1): "error"}, [])


@pytest.mark.parametrize(
    ("attributes", "shown", "value"),
    [
        ('x:num="1234.5"', "￥1,234.50", 1234.5),
        ('x:num="-3"', "(3.00)", -3),
        ('x:num="12"', "0012", "0012"),
        ('x:num="12"', "12号", "12号"),
        ('x:num="330106199001011234"', "3.30106E+17", "330106199001011234"),
        ('x:num="45658"', "1月1日", date(2025, 1, 1)),
        ('x:num="45658.354166666664"', "2025-1-1 8:30", "2025-01-01 08:30"),
        ('x:num="44196"', "2025-1-1", "2025-1-1"),
        ('x:num="45658" style="mso-number-format:\\@"', "45,658", "45,658"),
        ('sdval="1234.567" sdnum="2052;"', "1,234.57", 1234.567),
        ('sdval="12" sdnum="2052;0;@"', "12", "12"),
        ('x:num="1e999"', "1", "1e999"),
        ('x:num="abc"', "1,000", "1,000"),
    ],
)
def test_numbers_behind_what_is_shown(attributes, shown, value):
    assert only(f"<table><tr><td>a<td>b<tr><td>c<td {attributes}>{shown}</table>").rows[1][1] == value


def test_what_is_left_open_is_closed_by_the_next_cell():
    page = "<TABLE><TR><TD>单号<TD>金额<TR><TD>1<SPAN STYLE='DISPLAY: NONE'>x<TD><B>2<TR><TD>3<TD>4</TABLE>"
    assert only(page).rows == [["单号", "金额"], ["1", "2"], ["3", "4"]]


def test_hidden_rows_are_read_and_named():
    page = (
        "<table><tr><td>a<td>b<tr style='height:0;display:none'><td>1<td>2<tr hidden><td>3<td>4"
        "<tr><td>5<td>6<tbody style='display: none'><tr><td>7<td>8</tbody></table>"
    )
    sheet = only(page)
    assert [row[0] for row in sheet.rows] == ["a", "1", "3", "5", "7"]
    assert sheet.hidden_rows == [2, 3, 5]


def test_spans():
    page = (
        "<table><tr><td colspan=99>总表<tr><td rowspan=0>甲<td>b<td colspan=2>c<tr><td rowspan=2>1<td>2<td>3"
        "<tr><td colspan='2%'>4</table>"
    )
    sheet = only(page)
    assert sheet.rows == [
        ["总表"] * 4,
        ["甲", "b", "c", "c"],
        ["甲", "1", "2", "3"],
        ["甲", "1", "4", "4"],
    ]
    assert sheet.merged == [(0, 0, 0, 3), (1, 0, 3, 0), (1, 2, 1, 3), (2, 1, 3, 1), (3, 2, 3, 3)]


def test_cells_hidden_under_merged_ones_take_no_place():
    """As the grids of web pages merge; hidden columns keep their place."""
    page = (
        "<table><tr><td>部门<td>姓名<td style='display:none'>id<td>岗位"
        "<tr><td rowspan=2>总务处<td>王<td hidden>7<td>主任"
        "<tr><td style='display:none'>总务处<td>李<td hidden>8<td>会计</table>"
    )
    assert only(page).rows[1:] == [["总务处", "王", "7", "主任"], ["总务处", "李", "8", "会计"]]


def test_tables_that_give_others_their_place():
    page = f"""<body><table width=100%><tr><td>首页</td><td>{table("菜单", "退出")}</td></tr>
    <tr><td colspan=2><table><tr><td><h3>2025年采购台账</h3></td></tr><tr><td>
    {table("单号|金额", "A1|100", "A2|200")}</td></tr></table></td></tr>
    <tr><td>制表：张三</td><td>审核：李四</td></tr></table></body>"""
    sheet = only(page)
    assert sheet.name == "导出"
    assert sheet.rows[-4:] == [["2025年采购台账", None], ["单号", "金额"], ["A1", "100"], ["A2", "200"]]
    assert sum(row.count("A1") for row in sheet.rows) == 1


def test_a_table_in_a_cell_of_data_is_the_text_of_the_cell():
    pager = table("1|2|3", "上页|下页|末页")
    page = table("单号|品名|供应商|金额", *(f"A{n}|粉笔{table('白', '红')}|甲店|{n}" for n in range(9)))
    sheet = only(page.removesuffix("</table>") + f"<tr><td colspan=4>{pager}</td></tr></table>")
    assert sheet.rows[1] == ["A0", "粉笔\n白\n红", "甲店", "0"]
    assert sheet.rows[-1] == ["1 2 3\n上页 下页 末页"] * 4


def test_two_tables_are_two_sheets_with_what_stands_above_each():
    page = f"<h2>收入</h2>{table('单号|金额', 'A1|100')}<p>支出</p>{table('单号|金额', 'B1|200')}"
    one, two = read(f"<html>{page}</html>")
    assert (one.name, two.name) == ("工作表1", "工作表2")
    assert one.rows == [["收入", "收入"], ["单号", "金额"], ["A1", "100"]]
    assert two.rows == [["支出", "支出"], ["单号", "金额"], ["B1", "200"]]


def test_a_head_in_a_table_of_its_own_stands_above_its_columns():
    """As the grids of web pages are built, so that the head stays when one scrolls."""
    page = f"<caption>x</caption>{table('|单号|金额')}{table('1|A1|100', '2|A2|200')}"
    assert only(f"<html>{page}</html>").rows[-3:] == [[None, "单号", "金额"], ["1", "A1", "100"], ["2", "A2", "200"]]


def test_a_picture_beside_the_title_moves_no_rows():
    title = "<table><tr><td rowspan=3><img src=a></td><td>台账</td></tr></table>"
    page = title + table("单号|金额", "A1|100")
    assert only(page).rows[-2:] == [["单号", "金额"], ["A1", "100"]]


def test_tables_without_rows_or_with_one():
    assert only(table("单号|金额|日期")).rows == [["单号", "金额", "日期"]]
    assert only(table(*"甲乙丙")).rows == [["甲"], ["乙"], ["丙"]]


def test_hidden_tables_are_not_seen():
    page = f"<div style='display:none'>{table('x|y', '1|2')}</div>{table('a|b', '3|4')}"
    assert only(page).rows == [["a", "b"], ["3", "4"]]


def test_an_xml_spreadsheet():
    sheet = only(SPREADSHEET)
    assert sheet.name == "支付明细"
    assert sheet.rows == [
        ["国库集中支付明细"] * 5,
        [None] * 5,
        ["支付单号", "日期", None, "金额", "已审"],
        ["0012", date(2025, 3, 2), None, 1234.5, True],
        ["0012", "2025-03-03 09:30", None, None, "未审"],
        [None] * 5,
        [None] * 5,
        ["330106199001011234", None, None, None, None],
    ]
    assert sheet.merged == [(0, 0, 0, 4), (3, 0, 4, 0)]
    assert sheet.faults == {(4, 3): "error", (7, 3): "formula"}
    assert sheet.hidden_rows == [5, 6, 7]
    assert "选项" in sheet.notes[0]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_an_xml_spreadsheet_in_other_encodings_and_with_other_prefixes(encoding):
    text = SPREADSHEET.replace('"1.0"', f'"1.0" encoding="{encoding}"')
    for tag in ("Workbook", "Worksheet", "Table", "Row", "Cell", "Data"):
        text = text.replace(f"<{tag}", f"<ss:{tag}").replace(f"</{tag}", f"</ss:{tag}")
    assert only(text.encode(encoding), "导出.xml").rows[3][:2] == ["0012", date(2025, 3, 2)]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("declared", [BOMB, '<!doctype x SYSTEM "file:///etc/passwd">'])
def test_an_xml_spreadsheet_declares_nothing(encoding, declared):
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    text = SPREADSHEET.replace("<Workbook", declared + "<Workbook").replace("0012", "&b;")
    assert "DOCTYPE" in refusal(mark + text.encode(encoding))


def test_a_page_declares_nothing():
    assert "ENTITY" in refusal(BOMB.replace("x", "html", 1) + table("a|&b;", "1|2"))
    assert only('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd">' + table("a|b", "1|2")).rows[1] == [
        "1",
        "2",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<html><frameset rows="*,39"><frame src="采购.files/sheet001.htm"></frameset></html>', "sheet001.htm"),
        ("MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n<html>", "单个文件网页"),
        ("From: <由 Microsoft Excel 保存>\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\n<html>", "单个文件网页"),
        ("<html><body><h1>500 服务器错误</h1></body></html>", "没有表格"),
        (f"<html><form>{table('用户名|<input>', '密码|<input name=p type=password>')}</form></html>", "没有表格"),
        ('<?xml version="1.0"?><log><trace/></log>', "XML"),
        (
            '<?xml version="1.0"?><office:document><table:table><table:table-row/></table:table></office:document>',
            "XML",
        ),
        ("<table></table>", "没有表格"),
        ("<table><tr><td></td></tr></table>", "没有表格"),
        (LEDGER[:-60], "不完整"),
        (LEDGER[: LEDGER.index("<td>2025年1月2日")], "不完整"),
        (SPREADSHEET[:-40], "损坏"),
        (SPREADSHEET.replace("国库集中", "国库&集中"), "损坏"),
        (SPREADSHEET.replace('Index="3"', 'Index="0"'), "损坏"),
        (SPREADSHEET.replace("MergeAcross", 'Index="201" ss:MergeAcross'), "超过 50000 行或 200 列"),
        (SPREADSHEET.replace('Row ss:Index="3"', 'Row ss:Index="50001"'), "超过 50000 行或 200 列"),
        ("<table>" + "<tr><td>1<td>2" * (MAX_ROWS + 1) + "</table>", "超过 50000 行或 200 列"),
        (table("a|b", "|".join("c" * 201)), "超过 50000 行或 200 列"),
        (table("a|b", "<td>" * 1200 + "c"), "超过 50000 行或 200 列"),
        ("<table>" + "<div>" * 5000 + "<tr><td>1</table>", "结构不正常"),
        ("<table><tr><td>" * 1000 + "1" + "</table>" * 1000, "结构不正常"),
    ],
)
def test_what_cannot_be_read_is_said(text, says):
    assert says in refusal(text)


def test_a_page_that_is_not_quite_closed_is_read():
    assert only("<html><body>" + table("a|b", "1|2").removesuffix("</table>") + "</body></html>").rows[1] == ["1", "2"]
    assert only(table("a|b", "1|2").removesuffix("</table>")).rows[1] == ["1", "2"]


def test_merged_cells_that_lie_over_one_another_do_not_take_hours():
    rows = '<Row><Cell ss:MergeAcross="199" ss:MergeDown="9999"><Data ss:Type="Number">1</Data></Cell></Row>'
    start, end = SPREADSHEET.index("<Row>"), SPREADSHEET.index("</Table>")
    last = '<Row><Cell ss:Index="200"><Data ss:Type="Number">1</Data></Cell></Row>'
    assert "损坏" in refusal(SPREADSHEET[:start] + rows * 5000 + last + SPREADSHEET[end:])


@pytest.mark.parametrize("name", ["名单.xlsx", "名单.htm", "名单.html", "名单.xml", "名单.et"])
def test_the_name_says_nothing(name):
    assert only(table("姓名|部门", "王强|总务处"), name).name == "名单"


def test_text_with_tabs_under_xls_stays_text():
    assert only("单号\t说明\nA1\t<b>急</b>\n").rows == [["单号", "说明"], ["A1", "<b>急</b>"]]
    assert only("<甲>,<table>\n1,2\n", "a.csv").rows == [["<甲>", "<table>"], ["1", "2"]]


TAGS = [
    "<table>",
    "</table>",
    "<tr>",
    "<td colspan=3>",
    "<td rowspan=2>",
    "<td x:num=1>",
    "</td>",
    "<div>",
    "a",
    "<p",
    "&#0;",
]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(TAGS), max_size=60), st.binary(max_size=20))
def test_any_markup_is_read_or_refused(tags, noise):
    try:
        read(("<html>" + "".join(tags)).encode() + noise)
    except UnreadableFile:
        return
