"""The pages that people read say what is true: links lead somewhere, commands and settings exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from django.conf import settings

from config.commands import qingqu
from config.env import Env
from qingqu.alerts.engine.expressions.checking import AGGREGATES, FUNCTIONS
from qingqu.alerts.indicators.rulebook import shipped
from qingqu.library.catalogue import catalogue

ROOT: Path = settings.BASE_DIR
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = [
    page for page in PAGES if page.name.startswith("README") or page.parent.name in ("using", "operating", "zh-CN")
]
LINK = re.compile(r"""(?:!?\[[^\]]*\]\(|src=")([^)\s"]+)""")
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
COMMAND = re.compile(r"(?:^|\n|/|&& )(?:qingqu|q) ([a-z][a-z-]*)\b([^\n]*)")
VARIABLE = re.compile(r"QINGQU_[A-Z_]*[A-Z]")
REGISTRIES = ("pypi.", "npmjs", "pythonhosted", "mirrors.")
MACHINE = re.compile(r"/(?:work|root|tmp|home)/")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def variables() -> set[str]:
    """The environment variable of each setting."""
    return {str(field.validation_alias or f"QINGQU_{key.upper()}") for key, field in Env.model_fields.items()}


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def every_command() -> dict[str, click.Command]:
    """All commands; those of a group by both words («warn run»)."""
    found: dict[str, click.Command] = {}
    for key, command in qingqu.commands.items():
        parts = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{key} {part}".strip(): one for part, one in parts.items() if not command.hidden}
    return found


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each `qingqu <command>` in code, with the options behind it; of a group alone nothing is known."""
    for block, line in CODE.findall(text):
        for command, rest in COMMAND.findall(block or line):
            if isinstance(qingqu.commands.get(command), click.Group):
                command = " ".join([command, *rest.split()[:1]])
            yield command, re.findall(r"(?<![\w-])--[a-z-]+", rest)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, part = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        headings = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE) if part and there.is_file() else []
        if not there.exists() or (part and part not in map(anchor, headings)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_and_their_options_exist(page: Path) -> None:
    wrong = []
    for command, options in commands(page.read_text()):
        if command not in every_command():
            wrong.append(command)
            continue
        known = {"--help"}
        for parameter in every_command()[command].params:
            known |= {*parameter.opts, *parameter.secondary_opts}
        wrong += [f"{command} {option}" for option in options if option not in known]
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_variables_exist(page: Path) -> None:
    unknown = set(VARIABLE.findall(page.read_text())) - variables()
    if page not in GUIDES:  # pages for developers may name what only the tests read
        in_tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
        unknown = {variable for variable in unknown if f'"{variable}"' not in in_tests}
    assert not unknown


def test_every_setting_and_every_command_is_explained_to_the_operator() -> None:
    text = "\n".join(page.read_text() for page in (ROOT / "docs/operating").glob("*.md"))
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert rows == variables()
    shown = {command for command, _ in commands(text)}
    assert shown == set(every_command())


def test_every_picture_is_shown_somewhere() -> None:
    shown = "\n".join(page.read_text() for page in PAGES)
    assert not [file.name for file in (ROOT / "docs/pictures").iterdir() if f"pictures/{file.name}" not in shown]


def test_the_glossary_names_classes_that_exist() -> None:
    said = (ROOT / "docs/glossary.md").read_text().split("## Reserved")[0]
    code = "\n".join(path.read_text() for path in (ROOT / "qingqu").rglob("*.py"))
    named = re.findall(r"`([A-Z][a-z]\w+)`", said)
    assert not [name for name in named if not re.search(rf"^\s*class {name}\b", code, re.MULTILINE)]


def test_every_role_has_its_page_in_both_languages() -> None:
    english = {page.name for page in (ROOT / "docs/using").glob("*.md")} - {"README.md", "README.zh-CN.md"}
    assert english == {page.name for page in (ROOT / "docs/using/zh-CN").glob("*.md")}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"^\| \[\d+\]\((\S+)\) \|", (folder / "README.md").read_text(), re.MULTILINE)
    assert listed == sorted(page.name for page in folder.glob("0*.md"))


def test_every_function_of_expressions_is_described() -> None:
    text = (ROOT / "docs/decisions/0012-rules-run-two-ways.md").read_text()
    assert not [name for name in (*FUNCTIONS, *AGGREGATES) if not re.search(rf"`{name}[(`]", text)]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_both_readmes_name_the_two_commands(page: str) -> None:
    text = (ROOT / page).read_text()
    assert "make run" in text
    assert "make test" in text


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_both_readmes_count_what_the_product_has(page: str) -> None:
    text, library = (ROOT / page).read_text(), catalogue()
    for count, words in [
        (len(shipped()), r"(?:indicators|项指标)"),
        (len(library.powers), r"(?:powers|项权力)"),
        (len(library.posts), r"(?:post templates|个岗位模板)"),
    ]:
        assert re.search(rf"{count} ?{words}", text)


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_guides_name_no_registry_and_no_machine(page: Path) -> None:
    text = page.read_text()
    assert not [host for host in REGISTRIES if host in text]
    assert not MACHINE.search(text)


def test_buttons_and_pages_named_to_users_are_on_the_screens() -> None:
    sources = [*(ROOT / "qingqu").rglob("*.html"), *(ROOT / "templates").rglob("*.html")]
    sources += [path for path in (ROOT / "qingqu").rglob("*.py") if "migrations" not in path.parts]
    screens = "\n".join(path.read_text() for path in sources)
    missing = []
    for page in (ROOT / "docs/using").rglob("*.md"):
        for said in re.findall(r"[«“]([^»”]+)[»”]", page.read_text()):
            parts = [part.strip() for part in said.split("…") if part.strip()]
            missing += [
                f"{page.name}: {said}" for part in parts if re.search(r"[\u4e00-\u9fff]", part) and part not in screens
            ]
    assert not missing
