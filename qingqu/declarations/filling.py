"""What the page of one group shows beside its inputs: where one is, what is missing, why this level, how good it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qingqu.accounts.models import User
from qingqu.declarations import quality_queries, queries, wording
from qingqu.declarations.group_form import Entry, GroupForm
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.queries import Draft, Holding
from qingqu.declarations.queries.draft import level_of, suggestion
from qingqu.declarations.rules.groups import CATEGORIES, beside
from qingqu.declarations.rules.quality import ACCURATE, COMPLETE, DEEP, Hint
from qingqu.risks.wording import explain

MINUTES_A_GROUP = 1.2
KINDS = {ACCURATE: gettext_lazy("准"), COMPLETE: gettext_lazy("全"), DEEP: gettext_lazy("深")}


@dataclass(frozen=True, slots=True)
class Place:
    """One group in the list beside the form."""

    key: str
    name: str
    url: str
    state: str
    """is-done, is-now or empty."""
    note: str


@dataclass(frozen=True, slots=True)
class Lack:
    """One sentence of what is missing, with the place where it is mended."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Rated:
    """The level of an item and why."""

    level: int | None
    suggested: int | None
    arithmetic: str
    reasons: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of 准、全、深 under a manifestation."""

    letter: str
    ok: bool
    text: str
    copied: bool = False


def page(found: Draft, form: GroupForm, user: User) -> dict[str, Any]:
    """Everything that the page of a group shows."""
    declaration, group = found.declaration, form.group
    turns = queries.holding(declaration) if declaration.sent_round else ()
    add_hints(found, form, user)
    flag(form, turns)
    places = track(found, group)
    number = found.keys.index(group) + 1
    return {
        "declaration": declaration,
        "is_unit": declaration.kind == Declaration.Kind.UNIT,
        "group": group,
        "is_category": group in CATEGORIES,
        "name": wording.group_name(group, found),
        "number": number,
        "total": len(found.keys),
        "places": places,
        "form": form,
        "prompts": wording.PROMPTS.get(group, ()),
        "intro": intro(found, form),
        "returned": returned(turns) if declaration.state == Declaration.State.RETURNED else None,
        "before": beside(found.keys, group, -1),
        "after": beside(found.keys, group, 1),
        "note": progress_note(places),
        "saved": saved_words(declaration),
        "missing": lacks(found) if group == "send" else [],
        "elsewhere": elsewhere(found, group),
        "version": declaration.version,
        "seen": found.content(group).digest(),
    }


def track(found: Draft, group: str) -> list[Place]:
    """The groups in their order, with how far each is."""
    lacking = {missing.group for missing in found.missing}
    places = []
    for key in found.keys:
        state = "is-now" if key == group else ("" if key in lacking or key == "send" else "is-done")
        note = _("正在填") if key == group else _note(found, key, key in lacking)
        url = reverse("declarations:fill-group", args=[found.declaration.pk, key])
        places.append(Place(key, wording.group_name(key, found), url, state, note))
    return places


def _note(found: Draft, key: str, lacking: bool) -> str:
    if key == "send":
        return ""
    count = sum(item.category == key for item in found.items) if key in CATEGORIES else len(found.items_of(key))
    if lacking:
        return ngettext("待填，%(count)d 条", "待填，%(count)d 条", count) % {"count": count} if count else _("未填")
    if count:
        return ngettext("已填，%(count)d 条", "已填，%(count)d 条", count) % {"count": count}
    return _("已填，无") if key in CATEGORIES else _("已填")


def progress_note(places: Iterable[Place]) -> str:
    """«已填好 3 组，约还需 5 分钟»."""
    rows = list(places)
    done = sum(place.state == "is-done" for place in rows)
    left = max(1, round((len(rows) - done) * MINUTES_A_GROUP))
    return _("已填好 %(done)d 组，约还需 %(left)d 分钟") % {"done": done, "left": left}


def saved_words(declaration: Declaration) -> str:
    """When it was saved last."""
    if declaration.saved_at is None:
        return _("填写的内容会自动保存，可随时离开，稍后接着填")
    return _("%(time)s 已保存，可随时离开，稍后接着填") % {"time": f"{timezone.localtime(declaration.saved_at):%H:%M}"}


def intro(found: Draft, form: GroupForm) -> str:
    """What the group asks, in one sentence."""
    if form.power:
        return _("请逐个环节判断有无风险；判断为“有”的，写明是什么风险、怎样防。")
    prefilled = [entry for entry in form.entries if entry.item.origin != Item.Origin.OWN]
    if prefilled:
        count = len(prefilled)
        return ngettext(
            "下面有 %(count)d 条是预先填好的，请改成您自己的情况，或者勾选保留。",
            "下面有 %(count)d 条是预先填好的，请改成您自己的情况，或者勾选保留。",
            count,
        ) % {"count": count}
    texts = {
        "basic": _("姓名、部门和岗位来自名册，有误请告诉党办。"),
        "duties": _("请写明您的分工，一两句即可。"),
        "unit": _("部门、权力事项和岗位来自名册与权力清单，有误请告诉党办。"),
        "send": _("报送后，下一环节处理前可以撤回。"),
    }
    if form.group == "basic" and found.declaration.kind == Declaration.Kind.UNIT:
        return texts["unit"]
    return texts.get(form.group, _("请写出您的岗位上可能出现的情形；确实没有的，说明理由。"))


def returned(turns: Iterable[Holding]) -> Holding | None:
    """The reviewer who returned the form, with what he says."""
    return next((turn for turn in turns if turn.state == "returned"), None)


def flag(form: GroupForm, turns: Iterable[Holding]) -> None:
    """Mark on the page what the reviewer marked: «item:12:manifestation»."""
    back = returned(turns)
    for mark in back.marked if back else ():
        kind, _colon, rest = mark.partition(":")
        number, _colon, name = rest.partition(":")
        for entry in form.entries:
            if kind == "item" and number == str(entry.item.pk):
                entry.flagged.append(name or "item")
    form.unfold()


def lacks(found: Draft) -> list[Lack]:
    """What is missing, with links; the pledge stands on this page itself."""
    pk = found.declaration.pk
    return [
        Lack(
            wording.sentence(one),
            reverse("declarations:fill-group", args=[pk, one.group]) + (f"#{one.anchor}" if one.anchor else ""),
        )
        for one in found.missing
        if one.code != "pledge"
    ]


def elsewhere(found: Draft, group: str) -> list[tuple[Item, str]]:
    """In a unit's form: items of this category that stand with their power."""
    if group not in CATEGORIES:
        return []
    pk = found.declaration.pk
    return [
        (item, reverse("declarations:fill-group", args=[pk, found.group_of(item)]) + f"#item-{item.pk}")
        for item in found.items
        if item.category == group and found.group_of(item) != group
    ]


def rated(entry: Entry) -> Rated:
    """The level of an entry: what the rule says, why, and whether the person thinks otherwise."""
    item = entry.item
    said = suggestion(item)
    if said is None:
        return Rated(item.level, None, "", (), False)
    return Rated(
        level=level_of(item),
        suggested=said.level,
        arithmetic=f"{said.likelihood} × {said.impact} = {said.score}",
        reasons=tuple(explain(said)),
        differs=bool(item.level) and item.level != said.level,
    )


def add_hints(found: Draft, form: GroupForm, user: User) -> None:
    """准、全、深 of each entry as it is saved."""
    if not form.entries:
        return
    by_item = quality_queries.hints_by_item(found.declaration, [entry.item for entry in form.entries], user)
    for entry in form.entries:
        entry.hints = lines(by_item.get(entry.item.pk, ())) if entry.item.manifestation else []


def lines(hints: Iterable[Hint]) -> list[Line]:
    """For each of 准、全、深 what has to be changed, or that it is good."""
    found = []
    for kind, letter in KINDS.items():
        said = [hint for hint in hints if hint.kind == kind]
        shown = [hint for hint in said if not hint.ok or hint.mild] or said[:1]
        found += [Line(str(letter), hint.ok, _said(hint), is_copy(hint)) for hint in shown]
    return found


def is_copy(hint: Hint) -> bool:
    """Whether the hint names a text as copied."""
    return hint.kind == DEEP and not hint.ok and "percent" in hint.values


def _said(hint: Hint) -> str:
    return _(hint.message) % hint.values if hint.values else _(hint.message)
