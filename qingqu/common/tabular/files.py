"""What kind of file it is, and whether it is safe to read, told from its bytes before anything is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

import olefile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.common.errors import NotPossible

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_MEMBERS = 2000
BOMB_RATIO, BOMB_FROM = 100, 10 * 1024 * 1024

Kind = Literal["book", "page", "spreadsheet", "text"]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS: list[tuple[bytes, str]] = [
    (b"%PDF", "PDF"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "Word 文档"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
]
MAIL = re.compile(r"(?:mime-version|from|date|subject|message-id|content-type|x-[\w-]+):")
SPREADSHEET = re.compile(r"\A(?:<.*)?<(?:\w+:)?workbook\b[^>]*urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL)
PAGE = re.compile(
    r"<(?:!doctype\s+html|html|head|meta|style|script|link|title|base|body|table|frameset)\b"
    r"|<[a-z!?].*<(?:html|body|table)[\s>]|[^<,;\t]{0,300}<html\b",
    re.DOTALL,
)
"""It begins with a tag of a page, or with something else and has one soon; commas and tabs before it are a text's."""
WHAT_IT_IS: dict[str, str | Promise] = {
    "PDF": gettext_lazy(" PDF 文件"),
    "图片": gettext_lazy("图片"),
    "图片或视频": gettext_lazy("图片或视频"),
    "压缩包": gettext_lazy("压缩包"),
    "Word 文档": gettext_lazy(" Word 文档"),
    "演示文稿": gettext_lazy("演示文稿"),
    " OFD 版式文件": gettext_lazy(" OFD 版式文件"),
    "程序": gettext_lazy("程序"),
    "其他文件": gettext_lazy("其他文件"),
}
"""As the sentence of refusal says it, in the reader's language."""


class UnreadableFile(NotPossible):
    """A file that is no table we can read; the text says what it is and what to do."""


def check_size(size: int | None) -> None:
    """Refuse a file before it is read into memory. `size` in bytes, as the browser or the disk tells it."""
    if size is not None and size > MAX_BYTES:
        raise UnreadableFile(
            _("文件有 %(size)d MB，超过 %(limit)d MB。请删去图片和多余的工作表，或者分几次导入。")
            % {"size": round(size / 1024 / 1024), "limit": MAX_BYTES // 1024 // 1024}
        )
    if size == 0:
        raise UnreadableFile(_("文件是空的，请重新选择。"))


def recognise(data: bytes) -> Kind:
    """Whether `data` is a workbook, a page, an XML Spreadsheet 2003, or text with separators.

    Raises UnreadableFile where it is neither, has a password, or would unpack to something enormous.
    """
    check_size(len(data))
    if data.startswith(b"PK"):
        _check_zip(data)
        return "book"
    if data.startswith(OLE):
        _check_ole(data)
        return "book"
    refuse_others(data)
    if markup := markup_of(data):
        return markup
    if not _is_text(data):
        raise UnreadableFile(_("这个文件不是表格，或者已经损坏。请上传 .xlsx、.xls、.et、.ods 或 .csv 文件。"))
    return "text"


def markup_of(data: bytes) -> Literal["page", "spreadsheet"] | None:
    """Whether `data` begins like a page or an XML Spreadsheet, as many systems write under .xls.

    Raises UnreadableFile where it is other markup, of which nothing can be read.
    """
    start = _beginning(data)
    if MAIL.match(start) and "mime-version:" in start:
        raise UnreadableFile(
            _("这是“单个文件网页”（.mht），不能直接读取。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。")
        )
    if SPREADSHEET.search(start):
        return "spreadsheet"
    if PAGE.match(start):
        return "page"
    if start.startswith("<?xml"):
        raise UnreadableFile(
            _("这是 XML 文件，但不是 Excel 能打开的表格。请在原系统中选择导出为 Excel 或 CSV，再上传。")
        )
    return None


def _beginning(data: bytes) -> str:
    """The first signs of a text in small letters, whatever its encoding; tags are the same in all."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1"
    return data[:8192].removeprefix(b"\xef\xbb\xbf").decode(encoding, "ignore").lstrip().lower()


def refuse_others(data: bytes) -> None:
    """Refuse what begins like a picture, an archive, a program or another document. Raises UnreadableFile."""
    for magic, name in OTHERS:
        if data.startswith(magic) and not (name == "图片" and magic == b"BM" and _is_text(data)):
            raise _not_a_table(name)
    if data[8:12] == b"WEBP" or data[4:8] == b"ftyp":
        raise _not_a_table("图片或视频")


def is_book(data: bytes) -> bool:
    """Whether it begins like a workbook, of the new kind or the old."""
    return data.startswith((b"PK", OLE))


def _is_text(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in data[:8192]


def _not_a_table(name: str) -> UnreadableFile:
    return UnreadableFile(
        _("这是%(kind)s，不是表格。请上传 .xlsx、.xls、.et、.ods 或 .csv 文件。") % {"kind": WHAT_IT_IS.get(name, name)}
    )


def has_macros(data: bytes) -> bool:
    """Whether a workbook carries macros; they are never run."""
    return b"vbaProject.bin" in data or (data.startswith(OLE) and "_VBA_PROJECT_CUR".encode("utf-16-le") in data)


def _check_zip(data: bytes) -> None:
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except Exception as error:  # zipfile raises many kinds on broken input
        raise UnreadableFile(_("文件已损坏，不能打开。请用 Excel 或 WPS 打开后重新保存，再上传。")) from error
    names = {member.filename for member in members}
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise UnreadableFile(_("文件展开后过大，不能导入。请只保留需要的工作表，重新保存后再上传。"))
    if any(m.file_size > BOMB_FROM and m.file_size > BOMB_RATIO * max(m.compress_size, 1) for m in members):
        raise UnreadableFile(_("文件的压缩比不正常，为安全起见没有打开。请用 Excel 或 WPS 打开后重新保存，再上传。"))
    if any(member.flag_bits & 1 for member in members):
        raise password_refusal()
    if not any(name.startswith("xl/workbook.") for name in names) and "content.xml" not in names:
        raise _not_a_table(_kind_of_zip(names))


def _kind_of_zip(names: set[str]) -> str:
    for folder, name in (("word/", "Word 文档"), ("ppt/", "演示文稿"), ("OFD.xml", " OFD 版式文件")):
        if any(member.startswith(folder) for member in names):
            return name
    return "压缩包"


def _check_ole(data: bytes) -> None:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            streams = {"/".join(entry) for entry in ole.listdir()}
    except Exception as error:  # as above
        raise UnreadableFile(_("文件已损坏，不能打开。请用 Excel 或 WPS 打开后重新保存，再上传。")) from error
    if "EncryptedPackage" in streams:
        raise password_refusal()
    if not streams & {"Workbook", "Book", "WORKBOOK", "BOOK"}:
        is_word = "WordDocument" in streams
        raise _not_a_table("Word 文档" if is_word else "演示文稿" if "PowerPoint Document" in streams else "其他文件")


def password_refusal() -> UnreadableFile:
    return UnreadableFile(_("文件有打开密码。请先在 Excel 或 WPS 中去掉密码，再上传。"))
