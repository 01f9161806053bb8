"""The English catalogue is complete: every message of the screens has its translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po as babel_po
from django.conf import settings
from django.utils.translation.template import templatize

CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "gettext_noop"}
TEMPLATE_CALL = re.compile(r"""\b(?:_|n?gettext)\(\s*u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", re.DOTALL)
CHINESE = re.compile(r"[\u3400-\u9fff]")
ROOT: Path = settings.BASE_DIR
PLACES = {"templates": ROOT / "templates", **{path.name: path for path in sorted((ROOT / "qingqu").glob("[a-z]*/"))}}


def read_po(path: Path) -> dict[str, list[str]]:
    """msgid → its translations, of a catalogue as gettext writes it."""
    found: dict[str, list[str]] = {}
    key, target, fuzzy = "", "", False
    parts: dict[str, str] = {}

    def close() -> None:
        nonlocal parts, fuzzy
        if parts.get("msgid"):
            found[parts["msgid"]] = [] if fuzzy else [text for name, text in parts.items() if name.startswith("msgstr")]
        parts, fuzzy = {}, False

    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#,") and "fuzzy" in line:
            fuzzy = True
        if match := re.match(r'(msgid|msgid_plural|msgctxt|msgstr(?:\[\d\])?) (".*")$', line):
            key, target = match.groups()
            if key == "msgid" and "msgid" in parts:
                close()
            parts[key] = ast.literal_eval(target)
        elif line.startswith('"') and key:
            parts[key] += ast.literal_eval(line)
        elif not line.strip():
            close()
    close()
    return found


def messages_of(place: Path) -> Iterator[tuple[str, str]]:
    """(message, file) of everything that a reader sees in Chinese."""
    for path in place.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, path.name
    for path in place.rglob("*.html"):
        for literal in TEMPLATE_CALL.findall(templatize(path.read_text(encoding="utf-8"))):
            yield ast.literal_eval(literal), path.name


@pytest.fixture(scope="module")
def english() -> dict[str, list[str]]:
    """All catalogues as Django joins them."""
    joined: dict[str, list[str]] = {}
    for path in [*ROOT.glob("qingqu/*/locale/en/LC_MESSAGES/*.po"), *ROOT.glob("locale/en/LC_MESSAGES/*.po")]:
        joined |= {key: words for key, words in read_po(path).items() if words or key not in joined}
    return joined


@pytest.mark.parametrize("place", PLACES)
def test_every_message_has_its_english(place: str, english: dict[str, list[str]]) -> None:
    missing = {
        f"{file}: {message}"
        for message, file in messages_of(PLACES[place])
        if CHINESE.search(message) and not all(english.get(message) or [""])
    }
    assert missing == set()


@pytest.mark.parametrize("place", PLACES)
def test_placeholders_survive_translation(place: str, english: dict[str, list[str]]) -> None:
    holes = re.compile(r"%\(\w+\)[sd]")
    for message, _file in messages_of(PLACES[place]):
        for words in english.get(message, []):
            assert set(holes.findall(words)) <= set(holes.findall(message)), message
            assert len(set(holes.findall(words))) >= len(set(holes.findall(message))) - 1, message


def test_no_message_has_two_translations() -> None:
    """Django joins the catalogues of all apps into one: of two translations the reader sees the wrong one somewhere."""
    said: dict[tuple[str, str], dict[str, list[str]]] = {}
    for path in ROOT.glob("qingqu/*/locale/en/LC_MESSAGES/*.po"):
        with path.open("rb") as text:
            for message in babel_po(text):
                if message.id:
                    key = (message.context or "", message.id if isinstance(message.id, str) else message.id[0])
                    said.setdefault(key, {}).setdefault(str(message.string), []).append(path.parts[-5])
    assert {key: words for key, words in said.items() if len(words) > 1} == {}


def test_a_level_does_not_lose_its_number_at_the_end_of_a_line(english: dict[str, list[str]]) -> None:
    """A browser breaks «level-1» at its hyphen; at U+2011 it does not."""
    assert [words for words in english.values() if re.search(r"level-\d", " ".join(words))] == []


def test_messages_are_found_at_all() -> None:
    found = {message for message, _file in messages_of(PLACES["accounts"])}
    assert "首次登录" in found, "in a template"
    assert "现在的密码不对。" in found, "in Python"
    assert "密码连续输错次数过多，已暂停登录，请在 %(minutes)s 分钟后再试。" in found, "with a plural"


MARK = re.compile(r"[（）：，；、。]")
SAID = re.compile(
    r"\{% blocktranslate.*?endblocktranslate %\}|\{% comment.*?endcomment %\}|\{#.*?#\}|\{%\s*translate.*?%\}"
    r"|_\(\".*?\"\)|\|listed:\".\"",
    re.DOTALL,
)
PAPERS = {"papers/_blocks.html", "organisation/code_slips.html"}
"""What is printed is Chinese in every language."""


@pytest.mark.parametrize("place", PLACES)
def test_what_stands_between_words_is_in_the_readers_script(place: str) -> None:
    """«Yearly（…）» looked wrong: marks come out of messages, or from `aside` and `listed`."""
    pages = {path.as_posix().rpartition("templates/")[2]: path for path in PLACES[place].rglob("*.html")}
    bare = {
        name
        for name, path in pages.items()
        if name not in PAPERS and MARK.search(SAID.sub("", path.read_text("utf-8")))
    }
    assert bare == set()
