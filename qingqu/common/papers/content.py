"""What stands on a paper, said once and free of any format. `render_docx`, `render_html` and `render_xlsx` read it.

An app's `documents.py` holds one function per paper that returns a `Paper`; its view answers with
`paper_response(request, paper, fmt)`. All texts are already Chinese as they shall be printed; dates are written by
`chinese_date` in running text and as 2026-04-30 in tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Col:
    """A column of a table: its title, its share of the width in millimetres, and how its cells stand."""

    title: str
    width_mm: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of a form: labels and values in a grid, `columns` pairs abreast; a lone last pair takes its whole row.

    A pair whose value is long can have a row of its own: give its label in `wide`.
    """

    pairs: Sequence[tuple[str, str]]
    columns: int = 2
    wide: Sequence[str] = ()
    bordered: bool = True


@dataclass(frozen=True, slots=True)
class Heading:
    """一、 (level 1, 黑体), （一） (level 2, 楷体) or 1. (level 3, 仿宋). The number is part of the text."""

    level: Literal[1, 2, 3]
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. `indent=False` for the addressee (全体教职工：) and for notes."""

    text: str
    indent: bool = True
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head that repeats on every page. Cells are texts; a line feed in one begins a new line."""

    columns: Sequence[Col]
    rows: Sequence[Sequence[str]]
    note: str = ""
    empty: str = "（无）"


@dataclass(frozen=True, slots=True)
class Sign:
    """A box to sign: its label, the opinion where one was given, and `lines` blank lines for what is written by hand.

    `seal` leaves room for the stamp (盖章处). `name` and `day` fill in what the system already knows.
    """

    label: str
    lines: int = 2
    text: str = ""
    name: str = ""
    day: date | None = None
    seal: bool = False


@dataclass(frozen=True, slots=True)
class Signatures:
    """Boxes to sign, `per_row` abreast, kept together on one page."""

    signs: Sequence[Sign]
    per_row: int = 3


@dataclass(frozen=True, slots=True)
class Closing:
    """落款: who issues the paper, and the day, at the right and kept with the last paragraph."""

    issuer: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a new page."""


Block = Meta | Heading | Paragraph | Table | Signatures | Closing | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """An official paper, whole.

    `number`, `digest` (any length; its first 16 signs are printed), `footer_note` (log entry and root, witness) and
    `check_url` (printed as a QR code) make its foot. `filename` has no ending; empty: the title.
    """

    title: str
    blocks: Sequence[Block]
    subtitle: str = ""
    landscape: bool = False
    number: str = ""
    digest: str = ""
    footer_note: str = ""
    check_url: str = ""
    filename: str = ""
    compact: bool = False
    """True for forms that shall need few pages: body text in 小四, tighter lines, narrower margins."""


def register(school: str, name: str, about: str, table: Table, *, note: str, more: str = "") -> Paper:
    """A school's 台账, A4 across, to be signed. `about` says what stands there, `more` where the rest is."""
    rest = [Paragraph(more, indent=False)] if more else []
    signs = Signatures([Sign("填表人（签字）", lines=1), Sign("纪委负责人（签字）", lines=1)], per_row=2)
    return Paper(
        title=school + name,
        subtitle=about,
        blocks=[table, *rest, Paragraph(note, indent=False), signs],
        landscape=True,
        compact=True,
        filename=name,
    )


def chinese_date(day: date | None) -> str:
    """2026 年 4 月 30 日 as papers write it; blanks to fill in where there is none."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日" if day else "　　　　年　　月　　日"


def short_digest(digest: str) -> str:
    """The first 16 signs of a digest in groups of four, as the foot of a paper shows it."""
    head = digest.split(":")[-1][:16]
    return " ".join(head[i : i + 4] for i in range(0, len(head), 4))


def foot_lines(paper: Paper) -> list[str]:
    """The lines at the foot of a paper, without the page number; none where nothing is known."""
    first = "　　".join(
        part
        for part in (
            f"编号 {paper.number}" if paper.number else "",
            f"摘要 {short_digest(paper.digest)}" if paper.digest else "",
        )
        if part
    )
    return [line for line in (first, paper.footer_note) if line]


def printable(text: str) -> str:
    """`text` without the control characters that XML cannot hold."""
    return "".join(sign for sign in text if sign in "\n\t" or (sign >= " " and not "\ud800" <= sign <= "\udfff"))
