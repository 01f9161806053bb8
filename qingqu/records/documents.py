"""What the papers of publication and filing say: 公示单, 异议处理单, 备案表, 回执, 变更对照表 (S35, S36, domain §2.15).

Papers are Chinese whoever prints them. What stands on them comes from the frozen content, never from today's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from qingqu.common.papers.content import (
    Block,
    Closing,
    Col,
    Heading,
    Meta,
    Paper,
    Paragraph,
    Sign,
    Signatures,
    Table,
    chinese_date,
)
from qingqu.records import queries, rules
from qingqu.records.models import Document, Filing, Notice, Objection
from qingqu.records.wording import FIELDS

LEVELS = {1: "一级", 2: "二级", 3: "三级"}
LIST = (
    Col("序号", 10, "center"),
    Col("等级", 13, "center"),
    Col("风险点", 62),
    Col("权力事项", 40),
    Col("责任人", 22, "center"),
)
FULL = (
    Col("序号", 10, "center"),
    Col("编号", 30),
    Col("等级", 12, "center"),
    Col("类别", 20),
    Col("风险点及表现形式", 62),
    Col("权力事项、环节", 32),
    Col("防控措施", 66),
    Col("责任人", 18, "center"),
)


def notice_paper(notice: Notice, footer: str = "") -> Paper:
    """公示单: addressed to the staff, the list, the days, whom to tell."""
    document = notice.document
    rows = queries.rows_of(document)
    listed = [
        [str(n), _level(row), _title(row), _of_power(row), str(row.get("owner") or "")] for n, row in _numbered(rows)
    ]
    days = f"{chinese_date(notice.starts_on)}至{chinese_date(notice.ends_on)}，共 {notice.working_days} 个工作日"
    contact = notice.contact or "学校纪委"
    blocks: list[Block] = [
        Paragraph(
            "全体教职工：" if notice.scope == Notice.Scope.SCHOOL else f"{document.unit.name}全体同志：", indent=False
        ),
        Paragraph(f"{document.unit.name} {document.year} 年度廉政风险点经自查、互查和审核，评定如下，现予公示。"),
        Table(LIST, listed),
        Paragraph(
            f"公示期为{days}。对公示内容有异议的，请在公示期内以书面、电话或者网上方式提出，提出人的姓名只有纪委知道。"
        ),
        Paragraph(f"联系：{contact}。", indent=False),
        Closing(document.school.name, timezone.localdate(document.frozen_at)),
    ]
    title = f"{document.school.name}\n关于{document.unit.name}廉政风险点的公示"
    return _paper(document, title, blocks, footer)


def text_blocks(text: str) -> list[Block]:
    """A written text as it stands on paper: lines that begin with # are headings, the rest is running text."""
    return [_block(line.strip()) for line in text.split("\n") if line.strip()]


def _block(line: str) -> Block:
    if line.startswith("#"):
        return Heading(2 if line.startswith("##") else 1, line.lstrip("# "))
    return Paragraph(line)


def plan_paper(document: Document, footer: str = "") -> Paper:
    """实施方案 as it was frozen (S60)."""
    closing = Closing(document.school.name, timezone.localdate(document.frozen_at))
    blocks = [*text_blocks(queries.text_of(document)), closing]
    return _paper(document, f"{document.school.name}\n{document.title}", blocks, footer)


def list_paper(document: Document, footer: str = "") -> Paper:
    """The frozen list itself, with measures."""
    rows = queries.rows_of(document)
    return _paper(document, document.title, [_head(document), Table(FULL, _full(rows))], footer, landscape=True)


def objections_paper(notice: Notice, objections: Sequence[Objection], footer: str = "") -> Paper:
    """异议处理单: what was objected, answered, decided. Who objected is not printed."""
    document = notice.document
    columns = (Col("序号", 10, "center"), Col("针对", 30), Col("异议", 50), Col("答复", 50), Col("办理结果", 27))
    with override("zh-hans"):
        rows = [
            [str(n), said.item or "整份清单", said.text, _answered(said), _settled(said)]
            for n, said in enumerate(objections, 1)
        ]
    blocks: list[Block] = [
        _head(document),
        Meta([("公示期", f"{notice.starts_on} 至 {notice.ends_on}"), ("结论", notice.conclusion or "公示中")]),
        Table(columns, rows, empty="公示期内没有收到异议"),
        Signatures([Sign("部门负责人（签字）"), Sign("纪委（签字）")], per_row=2),
    ]
    return _paper(document, "公示异议处理单", blocks, footer)


def filing_paper(filing: Filing, footer: str = "") -> Paper:
    """备案表: kind, number, digest, the list, opinions to sign."""
    document = filing.document
    notice = queries.notice_of(document)
    with override("zh-hans"):
        pairs = [
            ("备案号", filing.number),
            ("备案类型", filing.get_kind_display()),
            ("报送单位", document.unit.name),
            ("年度", str(document.year)),
            ("清单编号", document.number),
            ("报送日期", _day(filing.filed_at)),
            ("公示情况", _shown(notice)),
            ("风险点数", _counts(queries.rows_of(document))),
        ]
    wide = ["公示情况", "变更事由", "摘要值"]
    if filing.reason:
        pairs.append(("变更事由", filing.reason))
    pairs.append(("摘要值", document.digest))
    blocks: list[Block] = [
        Meta(pairs, wide=wide),
        Table(FULL, _full(queries.rows_of(document))),
        Signatures(
            [
                Sign("报送单位负责人意见", name=filing.filed_by.name, day=timezone.localdate(filing.filed_at)),
                Sign("分管领导意见"),
                _commission(filing),
            ]
        ),
    ]
    title = f"{document.school.name}\n廉政风险点备案表"
    return _paper(document, title, blocks, footer, landscape=True, number=filing.number)


def receipt_paper(filing: Filing, footer: str = "") -> Paper:
    """回执: that a list was received, under which number, with which digest."""
    document = filing.document
    received = timezone.localdate(filing.received_at) if filing.received_at else None
    blocks: list[Block] = [
        Paragraph(f"{document.unit.name}：", indent=False),
        Paragraph(
            f"你单位 {_day(filing.filed_at)} 报送的《{document.title}》（编号 {document.number}）收悉，"
            f"经核对与定稿一致，予以备案。备案号 {filing.number}，回执号 {filing.receipt_number}。"
        ),
        Meta([("清单摘要值（SHA-256）", document.digest), ("备案意见", filing.opinion or "同意备案")], columns=1),
        Paragraph("以后内容有变动的，请另走变更备案；本回执与定稿清单一并归入廉政风险信息档案。"),
        Closing("学校纪委", received),
    ]
    title = f"{document.school.name}\n廉政风险点备案回执"
    return _paper(document, title, blocks, footer, number=filing.receipt_number)


def change_paper(document: Document, before: Document | None, reason: str = "", footer: str = "") -> Paper:
    """变更对照表: what the new list says otherwise than the one on record."""
    found = queries.differences(document, before)
    columns = (
        Col("序号", 10, "center"),
        Col("编号", 32),
        Col("风险点", 42),
        Col("变更", 22),
        Col("变更前", 60),
        Col("变更后", 60),
    )
    rows: list[list[str]] = []
    for row in found.added:
        rows.append([_code(row), _title(row), "新增", "—", _whole(row)])
    for row in found.removed:
        rows.append([_code(row), _title(row), "不再列入", _whole(row), "—"])
    with override("zh-hans"):
        for changed in found.changed:
            for change in changed.changes:
                was, now = change.before, change.after
                if change.field == "measures":
                    was, now = "\n".join(change.gone), "\n".join(change.new)
                if change.field == "level":
                    was, now = LEVELS.get(int(was or 0), was), LEVELS.get(int(now or 0), now)
                rows.append([changed.code, changed.title, str(FIELDS[change.field]), was or "（无）", now or "（无）"])
    pairs = [("单位", document.unit.name), ("年度", str(document.year))]
    pairs += [("原清单", before.number if before else "—"), ("新清单", document.number)]
    if reason:
        pairs.append(("变更事由", reason))
    numbered = [[str(n), *row] for n, row in enumerate(rows, 1)]
    blocks: list[Block] = [
        Meta(pairs, wide=["变更事由"]),
        Table(columns, numbered, empty="与原备案清单一致"),
        Signatures([Sign("部门负责人（签字）"), Sign("分管领导（签字）"), Sign("纪委（签字）")]),
    ]
    return _paper(document, "廉政风险点变更对照表", blocks, footer, landscape=True)


def _paper(
    document: Document, title: str, blocks: list[Block], footer: str, *, landscape: bool = False, number: str = ""
) -> Paper:
    return Paper(
        title=title,
        blocks=blocks,
        landscape=landscape,
        number=number or document.number,
        digest=document.digest,
        footer_note=footer,
        compact=landscape,
        filename=f"{title.splitlines()[-1]} {document.unit.name} {number or document.number}",
    )


def _head(document: Document) -> Meta:
    return Meta(
        [
            ("单位", document.unit.name),
            ("年度", str(document.year)),
            ("清单编号", document.number),
            ("定稿日期", _day(document.frozen_at)),
        ]
    )


def _full(rows: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            str(n),
            _code(row),
            _level(row),
            str(row.get("category") or ""),
            _title(row) + (f"\n{row['manifestation']}" if row.get("manifestation") else ""),
            "\n".join(filter(None, [str(row.get("power") or ""), str(row.get("step") or "")])),
            "\n".join(rules.measure_lines(row)),
            str(row.get("owner") or ""),
        ]
        for n, row in _numbered(rows)
    ]


def _numbered(rows: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows, 1))


def _code(row: rules.Row) -> str:
    return str(row.get("code") or "")


def _title(row: rules.Row) -> str:
    return str(row.get("title") or "")


def _level(row: rules.Row) -> str:
    return LEVELS.get(int(row.get("level") or 0), "")


def _of_power(row: rules.Row) -> str:
    return str(row.get("power") or row.get("category") or "")


def _whole(row: rules.Row) -> str:
    lines = [f"{_level(row)}　{row.get('category') or ''}", str(row.get("manifestation") or "")]
    return "\n".join(filter(None, [*lines, *rules.measure_lines(row)]))


def _counts(rows: list[dict[str, Any]]) -> str:
    found = [sum(row.get("level") == level for row in rows) for level in LEVELS]
    parts = "，".join(f"{word} {n}" for word, n in zip(LEVELS.values(), found, strict=True))
    return f"{len(rows)}（{parts}）"


def _shown(notice: Notice | None) -> str:
    if notice is None:
        return "—"
    return f"{notice.get_scope_display()}，{notice.starts_on} 至 {notice.ends_on}，{notice.conclusion or '公示中'}"


def _answered(objection: Objection) -> str:
    if not objection.answer or objection.answered_by is None:
        return "（待答复）"
    return f"{objection.answer}\n{objection.answered_by.name}　{_day(objection.answered_at)}"


def _settled(objection: Objection) -> str:
    if objection.settled_by is None:
        return "（待办结）"
    result = "须修改，重新公示" if objection.changes_needed else "不须修改"
    return f"{result}\n{objection.settled_by.name}　{_day(objection.settled_at)}"


def _commission(filing: Filing) -> Sign:
    if filing.state != Filing.State.ACCEPTED or filing.received_by is None or filing.received_at is None:
        return Sign("纪委备案意见", seal=True)
    day = timezone.localdate(filing.received_at)
    return Sign("纪委备案意见", text=filing.opinion or "同意备案", name=filing.received_by.name, day=day, seal=True)


def _day(moment: Any) -> str:
    return timezone.localdate(moment).isoformat() if moment else ""
