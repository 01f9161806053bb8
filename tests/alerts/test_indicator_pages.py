"""The pages about indicators say what the catalogue and the cases say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.BASE_DIR
PAGES = ROOT / "docs/indicators"


def test_the_pages_are_those_of_the_catalogue_and_its_cases() -> None:
    spec = importlib.util.spec_from_file_location("indicator_pages", ROOT / "tools/indicator_pages.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    kept = {page.name: page.read_text() for page in PAGES.glob("*.md")}
    made = tool.pages()
    stale = sorted(name for name in {*kept, *made} if kept.get(name) != made.get(name))
    assert stale == [], "run: python tools/indicator_pages.py"
