"""Compile every message catalogue (.po → .mo) without GNU gettext, so that a school's server need not have it."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent

for source in [*ROOT.glob("locale/*/LC_MESSAGES/*.po"), *ROOT.glob("qingqu/*/locale/*/LC_MESSAGES/*.po")]:
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        continue
    with source.open("rb") as text:
        catalogue = read_po(text)
    with target.open("wb") as out:
        write_mo(out, catalogue)
