"""What has changed between two handings of a form: plain contents in, changes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Content = Mapping[str, Any]
"""A form as it was handed in: `duties`, `political_status`, `none` (reasons by category), `items`, `judgements`."""

ITEM_FIELDS = (
    *("category", "title", "power", "step", "post", "manifestation", "cause"),
    *("likelihood", "impact", "answers", "level", "level_reason"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a text: how is «same», «added» or «gone»."""

    how: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. `where` is the title of the item, empty for the form's own fields."""

    category: str
    where: str
    field: str
    before: str
    after: str
    kind: str = "changed"
    """added, removed or changed."""

    @property
    def parts(self) -> list[Part]:
        return words_between(self.before, self.after)


def digest(content: Content) -> str:
    """SHA-256 of a content in its one way of writing."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def without(content: Content, category: str) -> dict[str, Any]:
    """`content` for a reader who may not see one category."""
    kept = [item for item in content.get("items", ()) if item["category"] != category]
    return {**content, "items": kept, "none": {k: v for k, v in content.get("none", {}).items() if k != category}}


def differences(before: Content, after: Content) -> list[Change]:
    """Everything that differs, the form's own fields first, then item by item."""
    return [*_fields(before, after), *_reasons(before, after), *_items(before, after), *_judgements(before, after)]


def _fields(before: Content, after: Content) -> Iterator[Change]:
    for name in ("duties", "political_status"):
        was, now = str(before.get(name, "")), str(after.get(name, ""))
        if was != now:
            yield Change("", "", name, was, now)


def _reasons(before: Content, after: Content) -> Iterator[Change]:
    was, now = before.get("none", {}), after.get("none", {})
    for category in sorted({*was, *now}):
        if was.get(category, "") != now.get(category, ""):
            yield Change(category, "", "none_reason", was.get(category, ""), now.get(category, ""))


def _items(before: Content, after: Content) -> Iterator[Change]:
    earlier = list(before.get("items", ()))
    for item in after.get("items", ()):
        match = _same(item, earlier)
        if match is None:
            yield Change(item["category"], item["title"], "item", "", item["manifestation"], "added")
            continue
        earlier.remove(match)
        yield from _item(match, item)
    for item in earlier:
        yield Change(item["category"], item["title"], "item", item["manifestation"], "", "removed")


def _same(item: Mapping[str, Any], among: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The earlier item: by its id, otherwise by its title in the same category."""
    among = list(among)
    by_id = (other for other in among if other["id"] == item["id"])
    by_title = (o for o in among if (o["category"], o["title"]) == (item["category"], item["title"]))
    return next(by_id, None) or next(by_title, None)


def _item(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in ITEM_FIELDS:
        was, now = before.get(name), after.get(name)
        if (was or "") != (now or ""):
            yield Change(after["category"], after["title"], name, str(was or ""), str(now or ""))
    for phase in ("pre", "mid", "post"):
        said, says = _measures(before, phase), _measures(after, phase)
        if said != says:
            yield Change(after["category"], after["title"], f"phase-{phase}", said, says)


def _measures(item: Mapping[str, Any], phase: str) -> str:
    rows = (measure for measure in item.get("measures", ()) if measure["phase"] == phase)
    return "；".join(f"{m['text']}（{m['evidence_kind']}）" if m.get("evidence_kind") else m["text"] for m in rows)


def _judgements(before: Content, after: Content) -> Iterator[Change]:
    was = {row["step_id"]: row for row in before.get("judgements", ())}
    for row in after.get("judgements", ()):
        old = was.get(row["step_id"])
        if old is None or (old["has_risk"], old["note"]) != (row["has_risk"], row["note"]):
            where = f"{row['power']} · {row['step']}"
            yield Change("", where, "judgement", _judged(old), _judged(row))


def _judged(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return ("有" if row["has_risk"] else "无") + (f"：{row['note']}" if row["note"] else "")


def words_between(before: str, after: str) -> list[Part]:
    """`after` with what was added and what is gone, in reading order."""
    parts: list[Part] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Part("same", before[a:b]))
            continue
        if a < b:
            parts.append(Part("gone", before[a:b]))
        if c < d:
            parts.append(Part("added", after[c:d]))
    return parts
