"""The registration forms (登记表) and control forms (识别防控表) of units and persons on paper (S37–S39, §2.1–2.4).

Signature blocks stay blank: schools sign by hand. Papers are written in Chinese whatever the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils import timezone

from qingqu.common.papers.content import Block, Col, Meta, Paper, Paragraph, Sign, Signatures, Table, chinese_date
from qingqu.declarations.paper_queries import FormOnPaper, Row
from qingqu.reviews.models import Review

PHASES = ("pre", "mid", "post")
PLEDGE = "本人承诺：以上内容由本人如实查找、填写，所列防控措施本人负责落实，接受组织和同志们监督。"
HIDDEN = "注：“思想道德风险”一类只向本人、部门负责人、纪委和党委书记显示，本表未列出。"


def registration(form: FormOnPaper) -> Paper:
    """单位廉政风险登记表 (2.1) or 个人廉政风险登记表 (2.2), as it was written."""
    return _unit_registration(form) if form.is_unit else _personal_registration(form)


def control(form: FormOnPaper) -> Paper:
    """单位廉政风险识别防控表 (2.3) or 个人廉政风险识别防控表 (2.4), as the school holds it after review."""
    return _unit_control(form) if form.is_unit else _personal_control(form)


def _unit_registration(form: FormOnPaper) -> Paper:
    table = Table(
        columns=[
            Col("序号", 9, "center"),
            Col("权力（业务）事项", 22),
            Col("流程环节", 18),
            Col("涉及岗位", 17),
            Col("风险类别", 15, "center"),
            Col("风险点", 26),
            Col("表现形式", 40),
            Col("成因", 17),
            Col("机率", 9, "center"),
            Col("危害", 9, "center"),
            Col("等级", 11, "center"),
            Col("拟采取措施", 56),
            Col("责任人", 14, "center"),
            Col("责任领导", 14, "center"),
        ],
        rows=[
            [
                str(number),
                row.power,
                row.step,
                row.post,
                row.category,
                row.title,
                row.manifestation,
                row.cause,
                row.likelihood,
                row.impact,
                row.level,
                _listed(row.said_measures),
                row.owner,
                form.leader,
            ]
            for number, row in enumerate(form.rows, 1)
        ]
        + [["—", "", "", "", name, "无", reason, *[""] * 7] for name, reason in form.nones],
    )
    signs = [
        Sign("填表人（签字）"),
        Sign("分管领导意见（签字）", text=form.opinions.get(Review.Stage.LEADER, "")),
        Sign("党委意见（盖章）", text=form.opinions.get(Review.Stage.GROUP, ""), seal=True),
    ]
    return _paper(
        form,
        "单位廉政风险登记表",
        [_unit_head(form), table, *_note(form), Signatures(signs)],
        landscape=True,
        compact=True,
    )


def _unit_head(form: FormOnPaper) -> Meta:
    return Meta(
        pairs=[
            ("单位（部门）", form.unit),
            ("填报年度", str(form.year)),
            ("第一责任人", form.responsible),
            ("权力事项数", str(form.power_count)),
            ("岗位数/人数", f"{form.post_count} / {form.people_count}"),
            ("填表人", form.filler),
            ("填报日期", _iso(form.sent_on)),
            ("党办收件号", form.number),
            ("党办收件日期", _iso(form.received_on)),
            ("部门职责", form.duties),
        ],
        columns=3,
        wide=["部门职责"],
    )


def _reviewers_signs(form: FormOnPaper) -> list[Sign]:
    """Who signs below a personal form: head and leader in charge, for a leader two others of the team."""
    if form.by_team is not None:
        first, second = [*form.by_team, "", ""][:2]
        return [Sign("班子互评意见（签字）", text=first), Sign("班子互评意见（签字）", text=second)]
    return [
        Sign("部门审核意见（签字）", text=form.opinions.get(Review.Stage.HEAD, "")),
        Sign("分管领导意见（签字）", text=form.opinions.get(Review.Stage.LEADER, "")),
    ]


def _personal_registration(form: FormOnPaper) -> Paper:
    table = Table(
        columns=[
            Col("类别", 12, "center"),
            Col("风险点", 28),
            Col("表现形式", 46),
            Col("机率", 9, "center"),
            Col("危害", 9, "center"),
            Col("等级", 11, "center"),
            Col("防控措施", 39),
        ],
        rows=[
            [
                _short(row.category),
                row.title,
                row.manifestation,
                row.likelihood,
                row.impact,
                row.level,
                _listed(row.said_measures),
            ]
            for row in form.rows
        ],
    )
    signs = [
        Sign("本人签字", lines=1),
        *_reviewers_signs(form),
        Sign("纪委备案意见及编号", text=form.filing or form.opinions.get(Review.Stage.DISCIPLINE, "")),
    ]
    blocks: list[Block] = [
        _personal_head(form),
        table,
        *_note(form),
        Paragraph(PLEDGE),
        Signatures(signs, per_row=2),
    ]
    return _paper(form, "个人廉政风险登记表", blocks, compact=True)


def _personal_head(form: FormOnPaper, *more: tuple[str, str]) -> Meta:
    return Meta(
        pairs=[
            ("姓名", form.person),
            ("部门、支部", form.place),
            ("职务/岗位", form.posts),
            ("岗位类别", form.tiers),
            ("政治面貌", form.political_status),
            ("任现岗时间", form.since),
            *more,
            ("岗位职责", form.duties),
        ],
        wide=["岗位职责"],
    )


def _unit_control(form: FormOnPaper) -> Paper:
    head = Meta(
        pairs=[
            ("单位（部门）", form.unit),
            ("年度", str(form.year)),
            ("版本", form.version),
            ("第一责任人", form.responsible),
            ("责任领导", form.leader),
            ("备案号", form.filing),
        ],
        columns=3,
    )
    signs = [
        Sign("部门负责人（签字）"),
        Sign("分管领导（签字）"),
        Sign("纪委（盖章）", seal=True),
    ]
    blocks: list[Block] = [head, _found(form), _guarded(form), *_note(form), Signatures(signs)]
    return _paper(form, "单位廉政风险识别防控表", blocks, landscape=True, compact=True)


def _found(form: FormOnPaper) -> Table:
    """The risks of a unit: where each stands, how it shows, who answers for it."""
    return Table(
        columns=[
            Col("序号", 9, "center"),
            Col("权力事项", 26),
            Col("权力依据", 36),
            Col("环节", 20),
            Col("岗位", 18),
            Col("风险类别", 15, "center"),
            Col("风险点", 32),
            Col("表现形式", 48),
            Col("成因", 18),
            Col("等级", 11, "center"),
            Col("责任人", 14, "center"),
        ],
        rows=[
            [
                str(number),
                row.power,
                basis,
                row.step,
                row.post,
                row.category,
                row.title,
                row.manifestation,
                row.cause,
                row.level,
                row.owner,
            ]
            for number, (row, basis) in enumerate(zip(form.rows, _said_once(form.rows), strict=True), 1)
        ],
    )


def _guarded(form: FormOnPaper) -> Table:
    """What is done against each of them, how often and with what evidence."""
    return Table(
        columns=[
            Col("序号", 9, "center"),
            Col("风险点", 26),
            Col("前期预防", 34),
            Col("中期监控", 34),
            Col("后期处置", 34),
            Col("措施频次", 17, "center"),
            Col("执行凭证", 26),
            Col("关联制度", 24),
            Col("公开方式/范围", 18, "center"),
            Col("预警指标", 14),
            Col("残余等级", 11, "center"),
        ],
        rows=[
            [
                str(number),
                row.title,
                *(_listed(row.measures.get(phase, ())) for phase in PHASES),
                _unique(row.frequencies),
                _unique(row.evidence),
                row.regulation,
                row.scope,
                "",
                row.residual_level,
            ]
            for number, row in enumerate(form.rows, 1)
        ],
    )


def _personal_control(form: FormOnPaper) -> Paper:
    table = Table(
        columns=[
            Col("类别", 13, "center"),
            Col("风险点", 23),
            Col("表现形式", 32),
            Col("等级", 11, "center"),
            Col("前期预防", 22),
            Col("中期监控", 22),
            Col("后期处置", 22),
            Col("措施成效", 11, "center"),
        ],
        rows=[
            [
                _short(row.category),
                row.title,
                row.manifestation,
                row.level,
                *(_listed(row.measures.get(phase, ())) for phase in PHASES),
                _unique(row.effects),
            ]
            for row in form.rows
        ],
    )
    after = Meta(
        pairs=[
            ("半年自查", ""),
            ("年终自查", ""),
            ("变更记录", form.changes),
        ],
        wide=["变更记录"],
    )
    signs = [Sign("本人签字", lines=1), Sign("监督人签字", lines=1), Sign("纪委备案", lines=1, text=form.filing)]
    head = _personal_head(form, ("监督人", form.supervisor), ("互查人", form.peer))
    blocks: list[Block] = [head, table, after, *_note(form), Signatures(signs)]
    return _paper(form, "个人廉政风险识别防控表", blocks, compact=True)


def _paper(
    form: FormOnPaper, name: str, blocks: Sequence[Block], *, landscape: bool = False, compact: bool = False
) -> Paper:
    whose = form.unit if form.is_unit else form.person
    return Paper(
        title=name,
        subtitle=f"{form.school}　{form.year} 年度",
        blocks=blocks,
        landscape=landscape,
        compact=compact,
        number=form.number,
        digest=form.digest,
        footer_note=f"打印于 {chinese_date(timezone.localdate())}",
        filename=f"{name}-{whose}-{form.year}",
    )


def _note(form: FormOnPaper) -> list[Block]:
    return [Paragraph(HIDDEN, indent=False)] if form.restricted else []


def _short(category: str) -> str:
    """«思想道德» for the narrow column of a personal form."""
    return category.removesuffix("风险")


def _said_once(rows: Sequence[Row]) -> list[str]:
    """The basis of each row's power, in full where the power first stands; afterwards the row that has it."""
    first: dict[tuple[str, str], int] = {}
    said = []
    for number, row in enumerate(rows, 1):
        known = first.setdefault((row.power, row.basis), number)
        said.append(row.basis if known == number or not row.basis else f"同序号 {known}")
    return said


def _listed(texts: Iterable[str]) -> str:
    """One text as it is, several as numbered lines."""
    listed = list(texts)
    return listed[0] if len(listed) == 1 else "\n".join(f"{n}. {text}" for n, text in enumerate(listed, 1))


def _unique(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
