"""Which files we take: by their ending and by what is really inside. No Django, no database."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable

MOST_BYTES = 20 * 1024 * 1024
MOST_MEMBERS = 5_000
MOST_UNPACKED = 400 * 1024 * 1024
LONGEST_NAME = 120
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MACROS_IN_OLE = ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"))
MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg|\?xml|iframe|body)", re.IGNORECASE)


class Unwelcome(ValueError):
    """A file that we do not take; `args[0]` says why, as a code: type, content, macro, size, empty."""


def clean_name(name: str) -> str:
    """The name of an uploaded file without path, control and direction signs, and not too long."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and len(name) > LONGEST_NAME:
        name = stem[: LONGEST_NAME - len(ending) - 1] + "." + ending
    return name[:LONGEST_NAME] or "file"


def ending_of(name: str) -> str:
    """«pdf», in small letters; empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def examine(name: str, content: bytes) -> str:
    """The media type of a file that we take. Raises Unwelcome."""
    if not content:
        raise Unwelcome("empty")
    if len(content) > MOST_BYTES:
        raise Unwelcome("size")
    kind = KINDS.get(ending_of(name))
    if kind is None:
        raise Unwelcome("type")
    media_type, fits = kind
    if not fits(content):
        raise Unwelcome("content")
    return media_type


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(magics)


def _image_box(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc")


def _webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _old_office(content: bytes) -> bool:
    if not content.startswith(OLE):
        return False
    if any(mark in content for mark in MACROS_IN_OLE):
        raise Unwelcome("macro")
    return True


def _package(*needed: str) -> Callable[[bytes], bool]:
    """A zip that holds a member of one of these names and no program."""

    def fits(content: bytes) -> bool:
        if not content.startswith(b"PK\x03\x04"):
            return False
        try:
            members = zipfile.ZipFile(io.BytesIO(content)).infolist()
        except (zipfile.BadZipFile, ValueError, RuntimeError):  # RuntimeError: a kind of zip that Python cannot read
            return False
        if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_UNPACKED:
            raise Unwelcome("content")
        names = [m.filename.lower() for m in members]
        if any(name.endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat")) for name in names):
            raise Unwelcome("macro")
        return any(name in names for name in needed)

    return fits


def _plain(content: bytes) -> bool:
    if b"\0" in content or MARKUP.search(content[:4096]):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", _begins(b"%PDF-")),
    "jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "gif": ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", _webp),
    "heic": ("image/heic", _image_box),
    "docx": (OFFICE + "wordprocessingml.document", _package("word/document.xml")),
    "xlsx": (OFFICE + "spreadsheetml.sheet", _package("xl/workbook.xml")),
    "pptx": (OFFICE + "presentationml.presentation", _package("ppt/presentation.xml")),
    "ofd": ("application/ofd", _package("ofd.xml")),
    "doc": ("application/msword", _old_office),
    "xls": ("application/vnd.ms-excel", _old_office),
    "ppt": ("application/vnd.ms-powerpoint", _old_office),
    "wps": ("application/vnd.ms-works", _old_office),
    "et": ("application/vnd.ms-excel", _old_office),
    "txt": ("text/plain", _plain),
    "csv": ("text/csv", _plain),
}
"""Ending → media type, and whether the content fits. Not taken: SVG, HTML, archives, programs, files with macros."""

ACCEPTED = ",".join(f".{ending}" for ending in KINDS)
