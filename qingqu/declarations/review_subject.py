"""How forms appear in the list of reviews: how they are decided, and what to warn of."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qingqu.accounts.models import User
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.quality_panel import say
from qingqu.declarations.quality_queries import Findings, survey
from qingqu.declarations.review_actions import decide_declaration
from qingqu.declarations.rules.quality import copy_hint
from qingqu.reviews.models import Review
from qingqu.reviews.subjects import Flag, Subject


def flags(reviews: Sequence[Review], user: User) -> dict[int, list[Flag]]:
    """The warnings beside each form: copies first, then levels, then how many places want another look."""
    declarations = Declaration.objects.in_bulk([review.subject_id for review in reviews])
    found = survey(declarations.values(), user)
    return {r.pk: _flags(found[r.subject_id]) for r in reviews if r.subject_id in found}


def _flags(findings: Findings) -> list[Flag]:
    said = []
    copies = [copy for finding in findings.items if (copy := finding.copied)]
    for copy in sorted(copies, key=lambda copy: -copy.ratio)[:1]:
        said.append(Flag(say(copy_hint(copy)).partition("，")[0].partition(", ")[0]))
    if any(finding.differs for finding in findings.items):
        said.append(Flag(_("自定等级待同意")))
    if not said and (count := len(findings.against)):
        text = ngettext("%(count)s 处待核", "%(count)s 处待核", count)
        said.append(Flag(text % {"count": count}))
    return said


def _form_of(item: int) -> int | None:
    return Item.objects.filter(pk=item).values_list("declaration_id", flat=True).first()


SUBJECT = Subject(
    decide=decide_declaration,
    flags=flags,
    kinds={"personal": gettext_lazy("个人登记表"), "unit": gettext_lazy("单位登记表")},
    parts={"declarations.item": _form_of},
)
