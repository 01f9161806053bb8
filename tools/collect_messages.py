"""Collect the messages of all screens into the English catalogues (needs GNU gettext): the same source, the same files.

New messages stand there without their English; nothing is guessed from one that is alike. What another catalogue says
is not asked again. Lines are not wrapped and no date is kept: a change shows what was changed and nothing else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.core.management import call_command
from django.core.management.commands.makemessages import Command

ROOT = Path(__file__).resolve().parent.parent
DATED = ('"POT-Creation-Date', '"PO-Revision-Date', '"Report-Msgid-Bugs-To', '"Generated-By')
Name = tuple[object, object]


class Collect(Command):
    msgmerge_options = [*Command.msgmerge_options, "--no-fuzzy-matching"]


def catalogues() -> dict[Path, Catalog]:
    files = sorted([*ROOT.glob("locale/*/LC_MESSAGES/*.po"), *ROOT.glob("qingqu/*/locale/*/LC_MESSAGES/*.po")])
    return {file: read_po(file.read_bytes().splitlines(keepends=True)) for file in files}


def name(message: Message) -> Name:
    return message.context, message.id


def is_said(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def said(found: dict[Path, Catalog]) -> dict[Name, object]:
    return {name(one): one.string for catalogue in found.values() for one in catalogue if is_said(one)}


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    before = said(catalogues())
    only = {"no_location": True, "no_obsolete": True, "no_wrap": True, "ignore_patterns": [".venv", "var"]}
    call_command(Collect(), locale=["en"], verbosity=0, **only)
    after = catalogues()
    there = said(after)
    for file, catalogue in after.items():
        for one in [one for one in catalogue if one.id and not is_said(one)]:
            if name(one) in there:
                catalogue.delete(one.id, one.context)
            elif name(one) in before:  # it stood in another catalogue until now
                one.string = there[name(one)] = before[name(one)]
        with file.open("wb") as out:
            write_po(out, catalogue, width=0)
        lines = file.read_text(encoding="utf-8").replace("Version:  ", "Version: ").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith(DATED)), encoding="utf-8")


if __name__ == "__main__":
    main()
