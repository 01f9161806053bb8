"""The page on which an indicator is changed, as a browser sends it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from tests.people import Cast, client_of


def typed(page: str) -> dict[str, Any]:
    """What the form holds when it is sent as it is."""
    found: dict[str, Any] = {}

    class Fields(HTMLParser):
        select = lines = ""

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            at = dict(attrs)
            name = at.get("name", "")
            if tag == "select":
                self.select = name
                found[name] = ""
            elif tag == "textarea":
                self.lines, found[name] = name, ""
            elif tag == "option" and "selected" in at and self.select:
                found[self.select] = at.get("value", "")
            elif tag == "input" and ":" in name:
                if at.get("type") in ("checkbox", "radio"):
                    found.setdefault(name, [])
                    found[name] += [at["value"]] if "checked" in at else []
                else:
                    found[name] = at.get("value", "")

        def handle_data(self, data: str) -> None:
            if self.lines:
                found[self.lines] += data.removeprefix("\n")

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.lines = ""

    Fields().feed(page)
    return found


def change(cast: Cast, code: str, **cells: Any) -> Any:
    zhao, at = client_of(cast.zhao), f"/alerts/rules/{code}/change"
    return zhao.post(at, typed(zhao.get(at).content.decode()) | {"reason": "按本校情况调整"} | cells)
