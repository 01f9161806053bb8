"""Template tags of the visual language: each gives the markup of one component of `components.css`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.defaultfilters import date as format_day
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.common import language, text
from qingqu.common.clock import today as this_day
from qingqu.common.forms import widget_class
from qingqu.common.language import listed, said_day
from qingqu.common.paging import KeysetPage

register = template.Library()

LEVEL_MARKS = {
    1: '<svg class="level-mark level-mark-1" viewBox="0 0 16 16" aria-hidden="true">'
    '<path class="level-fill" d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/>'
    '<path class="level-cut" d="M4 8h8" stroke-width="2.2"/></svg>',
    2: '<svg class="level-mark level-mark-2" viewBox="0 0 16 16" aria-hidden="true">'
    '<path class="level-edge" d="M8 .9 15.1 8 8 15.1.9 8z" stroke-width="1.5"/>'
    '<path class="level-fill" d="M8 .9V15.1L.9 8z"/></svg>',
    3: '<svg class="level-mark level-mark-3" viewBox="0 0 16 16" aria-hidden="true">'
    '<circle class="level-edge" cx="8" cy="8" r="6.2" stroke-width="1.5"/>'
    '<circle class="level-fill" cx="8" cy="8" r="2"/></svg>',
}
RUNNING = {"running", "in_review", "monitored", "open", "published", "submitted", "received", "pending", "now"}
DONE = {"done", "approved", "accepted", "filed", "closed", "frozen", "entered", "finished", "lowered", "answered"}
FIXING = {"fixing", "returned", "refused", "objected", "overdue"}
RING = 163.36  # the circumference of the ring, 2π · 26


def level_word(level: int) -> str:
    """一级, 二级 or 三级 in the reader's language."""
    return {1: _("一级"), 2: _("二级"), 3: _("三级")}.get(level, "—")


@register.simple_tag
def level_mark(level: int | None) -> SafeString:
    """The mark of a level alone; write the word beside it."""
    return mark_safe(LEVEL_MARKS.get(int(level or 0), ""))


@register.simple_tag
def level_chip(level: int | None, look: str = "") -> SafeString:
    """{% level_chip 1 %} in tables, {% level_chip 1 "boxed" %} as the statement of a page."""
    if int(level or 0) not in LEVEL_MARKS:
        return format_html('<span class="level-chip muted">{}</span>', _("未定级"))
    boxed = " is-boxed" if look else ""
    return format_html(
        '<span class="level-chip is-{}{}">{}{}</span>', level, boxed, level_mark(level), level_word(int(level or 0))
    )


@register.simple_tag
def state_tag(state: str, label: str) -> SafeString:
    """A state: word and mark. `state` is the value of the state field, or running, done, fixing."""
    look = next((name for name, values in LOOKS.items() if str(state) in values), "")
    return format_html('<span class="state-tag {}">{}</span>', look, label)


LOOKS = {"is-running": RUNNING, "is-done": DONE, "is-fixing": FIXING}


@register.simple_tag
@cache
def icon(name: str, look: str = "") -> SafeString:
    """An outline out of the sprite: {% icon "print" %}, small {% icon "print" "s" %}."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"/></svg>',
        " icon-s" if look else "",
        static("qingqu/icons.svg"),
        name,
    )


def days_late(day: date, today: date) -> str:
    """«逾期 3 天»."""
    days = (today - day).days
    return ngettext("逾期 %(days)s 天", "逾期 %(days)s 天", days) % {"days": days}


@register.simple_tag
def due_date(day: date | None, today: date | None = None, done: bool = False) -> SafeString:
    """A due day; late ones in amber words with their icon, unless the thing is `done`."""
    if day is None:
        return format_html('<span class="due-date">{}</span>', "—")
    day = _as_day(day)
    today = today or this_day()
    iso = day.isoformat()
    if done or day > today:
        return format_html('<time class="due-date" datetime="{}">{}</time>', iso, cndate(day))
    if day == today:
        return format_html('<time class="due-date is-late" datetime="{}">{}</time>', iso, _("今天到期"))
    return format_html(
        '<time class="due-date is-late" datetime="{}" title="{}">{}{}</time>',
        iso,
        iso,
        icon("late", "s"),
        days_late(day, today),
    )


@register.simple_tag
def coverage_ring(done: int, total: int, label: str, note: str = "") -> SafeString:
    """How much of `total` is covered, as a ring with its figures beside it; wrap several in ul.coverage-list."""
    percent = percent_of(done, total)
    words = f"{percent}%" if total else "—"
    return format_html(
        '<li class="coverage-ring"><svg viewBox="0 0 64 64" role="img" aria-label="{label} {words}">'
        '<circle class="ring-bank" cx="32" cy="32" r="30"/><circle class="ring-bank" cx="32" cy="32" r="22"/>'
        '<circle class="ring-water" cx="32" cy="32" r="26" stroke-dasharray="{dash} {ring}" '
        'transform="rotate(-90 32 32)"/>'
        '<text class="ring-text" x="32" y="37">{words}</text></svg>'
        '<div><div class="coverage-ring-name">{label}</div><div class="coverage-ring-note">{note}</div></div></li>',
        label=label,
        words=words,
        dash=f"{RING * percent / 100:.1f}",
        ring=f"{RING:.1f}",
        note=note or f"{done} / {total}",
    )


@register.simple_tag
def channel(part: int, whole: int, label: str = "") -> SafeString:
    """A bar of progress: two banks and the water between them."""
    percent = percent_of(part, whole)
    return format_html(
        '<svg class="channel" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="channel-water" x="0" y="2" width="{}" height="6"/>'
        '<path class="channel-bank" d="M0 .5H100M0 9.5H100" fill="none"/></svg>',
        f"{label} {percent}%".strip(),
        percent,
    )


def percent_of(part: int, whole: int) -> int:
    """Whole percent, rounded down, so that 100 % means all."""
    return min(100, 100 * (part or 0) // whole) if whole else 0


@register.simple_tag(takes_context=True)
def querystring_with(context: template.Context, **changes: Any) -> str:
    """The address's query with `changes`; None drops a key, and the page number goes unless it is given."""
    query = context["request"].GET.copy()
    for key in ("page", "after"):
        query.pop(key, None)
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("_pager.html", takes_context=True)
def pager(context: template.Context, page: Page | KeysetPage) -> dict[str, Any]:
    """The foot of a list: which rows, how many, and the way to the others."""
    shown: dict[str, Any] = {"request": context["request"], "page": page, "keyset": isinstance(page, KeysetPage)}
    if isinstance(page, Page):
        paginator = page.paginator
        shown |= {
            "numbers": list(paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
            "many": paginator.num_pages > 1,
            "capped": getattr(paginator, "is_capped", False),
            "ellipsis": str(paginator.ELLIPSIS),
        }
    return shown


@register.inclusion_tag("_field.html")
def field(bound: BoundField, hint: str = "", label: str = "", optional: bool = True) -> dict[str, Any]:
    """One field: label above, hint below it, the input, its error under it; `optional=False` never says «选填».

    Nor does a field that is there for some answers only (`data-when`): its label says when.
    """
    widget = bound.field.widget
    ident = bound.auto_id
    hint = str(hint or bound.help_text)
    described = [f"{ident}_helptext"] if hint else []
    if bound.errors:
        described.append(f"{ident}_error")
    attrs: dict[str, Any] = {"class": widget.attrs.get("class") or widget_class(widget)}
    if bound.errors:
        attrs |= {"class": attrs["class"] + " is-invalid", "aria-invalid": "true"}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "ident": ident,
        "label": label or bound.label,
        "hint": hint,
        "optional": optional
        and not (bound.field.required or isinstance(widget, CheckboxInput) or "data-when" in widget.attrs),
        "is_group": isinstance(widget, RadioSelect | CheckboxSelectMultiple),
        "is_box": isinstance(widget, CheckboxInput),
        "is_hidden": bound.is_hidden,
        "described": " ".join(described),
        "control": bound.as_widget(attrs=attrs),
    }


@register.inclusion_tag("_empty_state.html")
def empty_state(
    title: str, hint: str = "", url: str = "", label: str = "", others: Iterable[tuple[str, str]] = ()
) -> dict[str, object]:
    """A list without rows: what is so, and the next step. (Not called `empty`: that word belongs to {% for %}.)

    `others`: further ways, each an address and its label.
    """
    return {"title": title, "hint": hint, "url": url, "label": label, "others": others}


@register.simple_tag
def act_button(access: Any, label: str, look: str = "btn-primary") -> SafeString:
    """A submit button that the same `Access` greys, with its reason beside it."""
    if access:
        return format_html('<button class="btn {}" type="submit">{}</button>', look, label)
    return format_html(
        '<button class="btn {}" type="button" aria-disabled="true">{}</button><span class="small muted">{}</span>',
        look,
        label,
        access.reason,
    )


@register.filter
def mask_name(name: str) -> str:
    """王雨桐 → 王**."""
    return text.mask_name(str(name or ""))


@register.filter
def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678."""
    return text.mask_phone(str(phone or ""))


register.filter("listed", listed)


@register.filter
def aside(said: object) -> str:
    """`said` in brackets behind a word, in the reader's kind of them; nothing where there is nothing to say."""
    return language.aside(said) if said not in (None, "") else ""


@register.filter
def cndate(value: date | datetime | None) -> str:
    """4 月 30 日, or 30 April; with its year where that is not this one."""
    return said_day(_as_day(value)) if value else "—"


@register.filter
def monthday(value: date) -> str:
    """4 月 30 日, or 30 April, where the year is said already."""
    return format_day(value, "MONTH_DAY_FORMAT")


@register.filter
def cnmoment(value: datetime | None) -> str:
    """4 月 30 日 10:42, in the school's time."""
    if not value:
        return "—"
    local = timezone.localtime(value)
    return f"{cndate(local)} {local:%H:%M}"


@register.filter
def weekday(value: date | datetime | None) -> str:
    """星期五, or Friday."""
    return format_day(_as_day(value), "l") if value else ""


@register.filter
def query(values: dict[str, Any]) -> str:
    """A mapping as the query of an address, without its empty values."""
    return urlencode({key: value for key, value in values.items() if value not in (None, "")})


@register.filter
def get(values: Mapping[Any, Any], key: Any) -> Any:
    """`values[key]`, or nothing."""
    return values.get(key, "")


def _as_day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
