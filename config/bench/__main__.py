"""A measurement in its own process: `python -m config.bench NAME SIZE HISTORY`. The environment names its database."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict


def main(name: str, *numbers: int) -> None:
    """Build the school, or measure one thing upon it and print the lines.

    `enter TABLE WRITES SEED` prints figures as JSON, for the part that asks (`writing.records`).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config.bench import school, writing
    from config.bench.parts import PARTS, WITH_HISTORY
    from qingqu.datasets.models import Dataset

    if name == "enter":
        table, writes, seed = numbers
        print(json.dumps(asdict(writing.enter(Dataset.objects.get(pk=table), writes, seed))))
        return
    size, history = numbers
    if name == "build":
        school.build(size)
        return
    for line in PARTS[name](school.find(), *([history] if name in WITH_HISTORY else [])):
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
