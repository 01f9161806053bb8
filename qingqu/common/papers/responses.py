"""Responses with a paper or a table: content type, and a Chinese file name that every browser understands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from qingqu.common.papers.content import Paper
from qingqu.common.papers.printview import render_html
from qingqu.common.papers.sheets import render_xlsx
from qingqu.common.papers.word import render_docx

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
RENDER = {"docx": render_docx, "xlsx": render_xlsx}


def paper_response(
    request: HttpRequest, paper: Paper, fmt: str, *, back_url: str = "", formats: Mapping[str, str] | None = None
) -> HttpResponse:
    """`paper` as a file (docx, xlsx) or as a page that prints (print).

    The page links to its other forms by `?fmt=docx` and `?fmt=xlsx`, or by the addresses in `formats`.
    Raises Http404 for another format.
    """
    if fmt == "print":
        links = formats if formats is not None else {"docx": "?fmt=docx", "xlsx": "?fmt=xlsx"}
        return HttpResponse(render_html(paper, request, back_url=back_url, formats=links))
    if fmt not in RENDER:
        raise Http404
    return file_response(RENDER[fmt](paper), paper.filename or paper.title.replace("\n", ""), fmt)


def file_response(content: bytes, name: str, fmt: str) -> HttpResponse:
    """A finished file to download; `name` without its ending."""
    return _as_download(HttpResponse(content, content_type=TYPES[fmt]), name, fmt)


def csv_response(lines: Iterable[bytes], name: str, encoding: str = "utf-8") -> StreamingHttpResponse:
    """A .csv that streams, from `write_csv`."""
    response = StreamingHttpResponse(lines, content_type=f"text/csv; charset={encoding.removesuffix('-sig')}")
    return _as_download(response, name, "csv")


def _as_download(response: Answer, name: str, fmt: str) -> Answer:
    response["Content-Disposition"] = disposition(name, fmt)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def disposition(name: str, fmt: str) -> str:
    """attachment with a plain name for old programs and the true one in UTF-8 (RFC 6266)."""
    true = f"{safe_name(name)}.{fmt}"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "", true).strip(".-_")
    return f"attachment; filename=\"{plain if plain != fmt else 'file.' + fmt}\"; filename*=UTF-8''{quote(true)}"


def safe_name(name: str) -> str:
    """A file name without what Windows, a path or a terminal could take amiss."""
    bare = re.sub(r'[\x00-\x1f\x7f\\/:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]', "", name)
    return bare.strip(" .")[:80] or "文件"
