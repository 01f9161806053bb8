"""准、全、深 beside a form: the findings in the reader's language, a few lines for each letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.declarations.quality_queries import Findings, ItemFinding
from qingqu.declarations.rules.quality import ACCURATE, COMPLETE, DEEP, Hint
from qingqu.declarations.rules.similarity import ALIKE


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the panel; `anchor` is the item that it speaks of."""

    ok: bool
    text: str
    anchor: str = ""
    mild: bool = False
    """Worth a word, no reason to return the form."""


@dataclass(frozen=True, slots=True)
class Letter:
    """准, 全 or 深: whether all is well, and the lines."""

    letter: str
    ok: bool
    heading: str
    lines: Sequence[Line]


def say(hint: Hint) -> str:
    """A hint in the reader's language."""
    values = dict(hint.values)
    for name in ("level", "ruled"):
        if name in values:
            values[name] = _(str(values[name]))
    return _(hint.message) % values if values else _(hint.message)


def panel(findings: Findings) -> list[Letter]:
    """The three letters of a form."""
    return [_accurate(findings), _complete(findings), _deep(findings)]


def about(finding: ItemFinding, hint: Hint) -> Line:
    """«“班费与代收款”：请写明由谁、怎样发生»."""
    words = {"title": finding.item.title, "text": say(hint)}
    return Line(hint.ok, _("“%(title)s”：%(text)s") % words, f"item-{finding.item.pk}", hint.mild)


def _of(findings: Findings, kind: str) -> list[tuple[ItemFinding, Hint]]:
    return [(finding, hint) for finding in findings.items for hint in finding.hints if hint.kind == kind]


def _against(findings: Findings, kind: str) -> list[Line]:
    return [about(finding, hint) for finding, hint in _of(findings, kind) if not hint.ok]


def _accurate(findings: Findings) -> Letter:
    lines = _against(findings, ACCURATE)
    if not findings.items:
        return Letter(_("准"), True, _("没有可核对的风险点"), [])
    if lines:
        text = ngettext("%(count)s 处对不上", "%(count)s 处对不上", len(lines)) % {"count": len(lines)}
        return Letter(_("准"), False, text, lines)
    count = len(findings.items)
    text = ngettext("%(count)s 个风险点都连到权力环节或岗位", "%(count)s 个风险点都连到权力环节或岗位", count)
    good = [Line(True, text % {"count": count}), Line(True, _("建议等级与自评等级一致"))]
    return Letter(_("准"), True, _("对得上环节和岗位"), good)


def _complete(findings: Findings) -> Letter:
    form = [Line(hint.ok, say(hint)) for hint in findings.form]
    lines = [*form, *_against(findings, COMPLETE), *_mild(findings, COMPLETE)]
    if findings.restricted:
        lines.append(Line(True, _("思想道德类不向您显示"), mild=True))
    ok = all(line.ok for line in lines)
    return Letter(_("全"), ok, _("四类都有回答") if ok else _("还有没填全的"), lines)


def _mild(findings: Findings, kind: str) -> Iterable[Line]:
    return [about(finding, hint) for finding, hint in _of(findings, kind) if hint.mild]


def _deep(findings: Findings) -> Letter:
    lines = _against(findings, DEEP)
    weak = {line.anchor for line in lines}
    if not findings.items:
        return Letter(_("深"), True, _("没有可核对的风险点"), [])
    mild = list(_mild(findings, DEEP))
    rest = [finding for finding in findings.items if f"item-{finding.item.pk}" not in weak]
    if rest and not any(copy.ratio >= ALIKE for finding in rest for copy in finding.copies):
        mild.append(Line(True, _low(len(rest), bool(weak))))
    if not weak:
        return Letter(_("深"), True, _("写得具体"), mild)
    text = ngettext("%(count)s 条写得笼统", "%(count)s 条写得笼统", len(weak)) % {"count": len(weak)}
    return Letter(_("深"), False, text, [*lines, *mild])


def _low(count: int, others_are_weak: bool) -> str:
    words = {"count": count, "percent": int(ALIKE * 100)}
    if others_are_weak:
        text = ngettext(
            "其余 %(count)s 条与他人相似均低于 %(percent)s%%", "其余 %(count)s 条与他人相似均低于 %(percent)s%%", count
        )
    else:
        text = ngettext(
            "%(count)s 条与他人相似均低于 %(percent)s%%", "%(count)s 条与他人相似均低于 %(percent)s%%", count
        )
    return text % words
