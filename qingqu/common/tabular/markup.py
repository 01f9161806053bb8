"""Before a page or an XML Spreadsheet goes to the parser: its encoding, what it must not declare, why it is refused."""

from __future__ import annotations

import codecs
import re
from typing import Literal

from django.utils.translation import gettext as _

from qingqu.common.tabular.files import UnreadableFile

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SAID = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
CHINESE = re.compile("[\u2e80-\uffee]")
TRADITIONAL = ("big5", "big5-hkscs")
DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
ENTITIES = re.compile(r"<!entity\b|<!doctype\b[^>]*\[", re.IGNORECASE)
DOCTYPE = re.compile(r"<!doctype\b", re.IGNORECASE)
FRAMES = re.compile(r"<i?frame(?:set)?\b|<x:worksheetsource\b", re.IGNORECASE)


def decode_markup(data: bytes) -> str:
    """The text of a page, whatever it says of itself where its bytes say something else.

    Chinese in UTF-8 can hardly be anything else; GB18030 has all that is called gb2312 or gbk, and what servers send
    without asking as iso-8859-1. Raises UnreadableFile where it is none of them.
    """
    for encoding in _encodings(data):
        try:
            return data.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(_("文件的文字编码不能识别。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"))


def _encodings(data: bytes) -> list[str]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return [encoding]
    found = SAID.search(data[:8192])
    said = found[1].decode("ascii", "replace").lower() if found else ""
    if said in TRADITIONAL:
        return ["utf-8", "big5hkscs", "gb18030"]
    if said.startswith(("gb", "x-gb")) and not CHINESE.search(data.decode("utf-8", "ignore")):
        return ["gb18030"]  # two Chinese signs of GBK may happen to be one of another script in UTF-8
    return ["utf-8", "gb18030"]


def refuse_declared(text: str, kind: Literal["page", "spreadsheet"]) -> None:
    """Refuse what declares entities, which may unfold to something enormous or name other files."""
    if ENTITIES.search(text) or (kind == "spreadsheet" and DOCTYPE.search(text)):
        raise UnreadableFile(
            _(
                "文件里有实体声明（DOCTYPE 或 ENTITY），为安全起见没有打开。"
                "请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"
            )
        )


def without_declaration(text: str) -> str:
    """The text without the XML declaration: it names an encoding, which is another now."""
    return DECLARATION.sub("", text, count=1).lstrip()


def refusal_of_markup(refused: str, text: str) -> UnreadableFile | None:
    """Why a page is refused, where that is said of pages only."""
    if refused == "cut":
        return UnreadableFile(_("文件不完整，表格没有结束，后面的行可能已经丢失。请重新导出，再上传。"))
    if refused == "deep":
        return UnreadableFile(_("网页的结构不正常，不能读取。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"))
    if refused != "no table":
        return None
    if FRAMES.search(text):
        return UnreadableFile(
            _(
                "这是由几个文件组成的网页，表格在另外的文件里（如同名文件夹中的 sheet001.htm）。"
                "请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"
            )
        )
    return UnreadableFile(
        _("这是网页，里面没有表格，可能是登录过期或出错的页面。请用记事本或浏览器打开看一看，在原系统中重新导出。")
    )
