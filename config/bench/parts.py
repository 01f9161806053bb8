"""What can be measured, by name, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable

from config.bench import files, requests, served, warnings, writing
from config.bench.measure import Line

PARTS: dict[str, Callable[..., list[Line]]] = {
    "list": requests.lists,
    "ledger": requests.ledger,
    "create": requests.create,
    "xlsx": files.xlsx,
    "csv": files.csv,
    "worker": served.worker,
    "hand-in": served.hand_in,
    "roster": files.roster,
    "rules": warnings.typical,
    "shipped-rules": warnings.shipped,
    "tenders": warnings.cardinal,
    "import": writing.imported,
    "records": writing.records,
}
WITH_HISTORY = ("import", "records")
"""Those that are told how many records there are."""
