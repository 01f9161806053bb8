"""Marks and words of warnings."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from qingqu.alerts import wording
from qingqu.alerts.indicators import drafting
from qingqu.alerts.models import Alert

register = template.Library()
BARS = ((1, 10, 5), (6, 6, 9), (11, 2, 13))
LIT = {"yellow": 1, "orange": 2, "red": 3}
MARKS = {
    colour: '<svg class="warn-mark" viewBox="0 0 16 16" aria-hidden="true">'
    + "".join(
        f'<rect class="{"on" if n < lit else ""}" x="{x}" y="{y}" width="4" height="{h}" rx="1"/>'
        for n, (x, y, h) in enumerate(BARS)
    )
    + "</svg>"
    for colour, lit in LIT.items()
}


@register.simple_tag
def warn_mark(colour: str) -> SafeString:
    """One, two or three lit bars: the colour is never alone in saying it."""
    return mark_safe(MARKS.get(colour, ""))


register.filter("said", wording.said)
register.filter("step_text", wording.step_text)
register.filter("area", wording.area)
register.filter("ended_because", drafting.ended_because)


@register.filter
def alert_title(alert: Alert) -> str:
    return wording.title(alert)


@register.filter
def alert_sentence(alert: Alert) -> str:
    return wording.sentence(alert)


@register.filter
def turn_verb(alert: Alert) -> str:
    """What is to be done with it now."""
    return str(wording.VERBS[Alert.State(alert.state)])


@register.filter
def at(values: list[Any], position: int) -> Any:
    """The element at a position."""
    return values[position]


@register.filter
def of(values: dict[Any, Any], key: Any) -> Any:
    """What a table holds under a key."""
    return values.get(key, "")


@register.simple_tag
def percent(share: float) -> str:
    """83 %."""
    return f"{round(share * 100)}%"
