"""What can be measured, by name, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable

from config.bench import files, requests, served, warnings, writing
from config.bench.measure import Line
from config.bench.school import School

PARTS: dict[str, Callable[[School], list[Line]]] = {
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
    "records": writing.records,
}
