"""信息档案目录 on paper (S41). Papers are Chinese whatever the reader's language."""

from __future__ import annotations

from qingqu.common.clock import today
from qingqu.common.papers.content import Col, Meta, Paper, Sign, Signatures, Table, chinese_date
from qingqu.reports.dossiers import Dossier


def dossier_paper(found: Dossier) -> Paper:
    """The index of a dossier, A4 upright, with room for its custodian's hand."""
    rows = [
        [str(part.name), item.title, item.on.isoformat() if item.on else "—", item.state]
        for part in found.parts
        for item in part.items
    ]
    table = Table(
        [
            Col("序号", 12, "center"),
            Col("类别", 32),
            Col("标题", 76),
            Col("日期", 24, "center"),
            Col("状态/办理人", 24),
        ],
        [[str(number), *row] for number, row in enumerate(rows, 1)],
        note="本目录由系统按查看人权限生成，只列已经存在的材料。",
    )
    head = Meta(
        [("对象", str(found.of)), ("年度", str(found.year)), ("件数", str(len(rows))), ("制表", chinese_date(today()))]
    )
    return Paper(
        title="廉政风险信息档案目录",
        blocks=[head, table, Signatures([Sign("保管人（签字）", lines=1)], per_row=1)],
        compact=True,
        filename=f"信息档案目录-{found.of}-{found.year}",
    )
