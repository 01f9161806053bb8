"""A measurement in its own process: `python -m config.bench NAME SIZE HISTORY`. The environment names its database."""

from __future__ import annotations

import os
import sys


def main(name: str, size: int, history: int) -> None:
    """Build the school, or measure one thing upon it and print the lines."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config.bench import school
    from config.bench.parts import PARTS, WITH_HISTORY

    if name == "build":
        school.build(size)
        school.analyse()
        return
    for line in PARTS[name](school.find(), *([history] if name in WITH_HISTORY else [])):
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
