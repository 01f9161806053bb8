"""Every address of the product with the arguments that lead to Wang's things."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.world import World

# What `pk` means at an address: by its full name, or by its app.
PK = {
    "accounts": "token",
    "alerts": "alert",
    "campaigns": "campaign",
    "datasets": "dataset",
    "declarations": "declaration",
    "notifications": "message",
    "organisation": "person",
    "powers": "power",
    "records": "document",
    "reviews": "review",
    "risks": "risk",
}
PK_AT = {
    "alerts:confirm": "alert_confirming",
    "alerts:send-back": "alert_confirming",
    "alerts:close": "alert_closing",
    "alerts:rectify": "alert_closed",
    "alerts:reopen": "alert_closed",
    "alerts:conformity": "own_log",
    "alerts:case": "own_log",
    "datasets:steps": "own_log",
    "datasets:missing": "own_log",
    "datasets:set-columns": "own_table",
    "datasets:retire": "own_table",
    "datasets:resume": "own_table",
    "powers:confirm-basis": "basis",
    "powers:mark-key-step": "step",
    "powers:edit-regulation": "regulation",
    "organisation:change-post": "appointment",
    "organisation:end-appointment": "appointment",
    "organisation:end-duty": "duty",
    "declarations:exemption-revoke": "exemption",
    "declarations:close-stage": "stage",
    "declarations:reopen-stage": "stage",
}
PK_BY_PATH = {
    "organisation/units/": "unit",
    "organisation/posts/": "post",
    "organisation/roster": "roster",
    "campaigns/stages/": "stage",
    "campaigns/tasks/": "task",
    "campaigns/mobilisations/": "mobilisation",
    "campaigns/documents/": "study",
    "risks/measures/": "measure",
    "risks/runs/": "run",
    "risks/ratings/": "rating",
    "datasets/records/": "entry",
    "datasets/batches/": "batch",
    "records/notices/": "notice",
    "records/objections/": "objection",
    "records/filings/": "filing",
    "records/files/": "attachment",
    "records/attachments/": "attachment",
}
OTHER = {
    "review_pk": "review",
    "item_pk": "item",
    "file_pk": "attachment",
    "unit_pk": "unit",
    "person_pk": "person",
    "measure_pk": "measure",
    "task_pk": "reassessment",
    "quiet_pk": "quiet",
    "table_pk": "own_table",
    "log_pk": "own_log",
}
WORDS: dict[str, object] = {
    "level": 0,
    "address": "000",
    "label": "declarations.declaration",
    "part": "steps",
    "pattern": "twice",
    "code": "P01",
    "gap": "steps-unjudged",
    "kind": "registration",
    "fmt": "print",
    "group": "duty",
    "category": "duty",
    "year": 2026,
    "name": "ledger",
    "secret": "not-a-secret",
}

# The same by app, and where another one is needed, by full name: a version that waits for approval is that of F15.
WORDS_AT: dict[tuple[str, str], object] = {
    ("alerts", "code"): "F01",
    ("alerts", "name"): "limit",
    ("alerts:rule", "code"): "F15",
    ("alerts:approve", "code"): "F15",
    ("alerts:drop", "code"): "F15",
    ("datasets", "fmt"): "xlsx",
}


def addresses() -> Iterator[tuple[str, str, list[str]]]:
    """(name, route, arguments) of every page; the API has a table of its own."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: URLResolver, space: str, before: str) -> Iterator[tuple[str, str, list[str]]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace != "api":
                yield from _walk(entry, entry.namespace or space, route)
        elif isinstance(entry, URLPattern):
            yield f"{space}:{entry.name}" if space else str(entry.name), route, list(entry.pattern.converters)


def address(name: str, route: str, arguments: list[str], world: World) -> str:
    """The address of Wang's thing behind `name`. KeyError where nobody has said what its arguments mean."""
    given: dict[str, object] = {}
    for argument in arguments:
        if argument in ("pk", "key"):
            by_path = next((what for path, what in PK_BY_PATH.items() if route.startswith(path)), None)
            what = PK_AT.get(name) or by_path or PK.get(name.partition(":")[0], "declaration")
            given[argument] = world.ids[what]
        elif argument in OTHER:
            given[argument] = world.ids[OTHER[argument]]
        else:
            of_app = WORDS_AT.get((name.partition(":")[0], argument), WORDS[argument])
            given[argument] = WORDS_AT.get((name, argument), of_app)
    return reverse(name, kwargs=given)
