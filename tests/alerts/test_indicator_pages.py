"""The pages about indicators say what the catalogue and the cases say."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
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


# What follows reads the pages as a reader does, and the data as it stands in its files: the tool may be wrong too.
DATA = ROOT / "qingqu/alerts/data"
TABLES = {
    each["code"]: each for each in yaml.safe_load((ROOT / "qingqu/datasets/data/datasets.yaml").read_text())["datasets"]
}
INDICATORS: dict[str, dict[str, Any]] = {
    entry["code"]: entry
    for file in DATA.glob("*.yaml")
    for entry in yaml.load(file.read_text(), Loader=yaml.BaseLoader)["indicators"]
}
SCALE = {"money": 100, "number": 1000, "share": 0.01}
KINDS = {"Found": "planted", "Let be": "clean", "At the limit": "boundary"}


def text_of(code: str) -> str:
    return (PAGES / f"{code}.md").read_text()


def rows_under(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, its head left out."""
    part = text.split(f"\n{heading}\n", 1)[1]
    table = re.search(r"((?:^\|.*\n)+)", re.split(r"^##", part, maxsplit=1, flags=re.MULTILINE)[0], re.MULTILINE)
    assert table is not None, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].strip().split("\n")[2:]]


def figure(text: str) -> float | None:
    found = re.search(r"-?[\d,]*\d(?:\.\d+)?", text)
    return float(found[0].replace(",", "")) if found else None


def kept_figure(parameter: dict[str, Any], value: str) -> float:
    return float(value) / SCALE.get(parameter["type"], 1)


def test_every_indicator_has_its_page_and_its_line_in_the_list() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*INDICATORS, "README"}
    lines = re.findall(
        r"^\| \[(\w+)\]\((\w+)\.md\) ?(★?◔?)\s*\| (.*?) \| (.*?) \| (.*?) \| (\d+) \|$", text_of("README"), re.MULTILINE
    )
    assert sorted(line[0] for line in lines) == sorted(INDICATORS)
    for code, link, marks, english, chinese, table, checks in lines:
        entry = INDICATORS[code]
        assert (link, english, chinese) == (code, entry["title"]["en"], entry["title"]["zh"])
        assert table == TABLES[entry["dataset"]]["name"]["en"]
        assert int(checks) == len(entry["checks"])
        assert ("★" in marks) == (entry.get("core") == "true")
        assert ("◔" in marks) == any("local" in parameter for parameter in entry.get("parameters", {}).values())


@pytest.mark.parametrize("code", sorted(INDICATORS))
def test_a_page_says_what_the_data_say(code: str) -> None:
    text, entry = text_of(code), INDICATORS[code]
    table = TABLES[entry["dataset"]]
    assert text.startswith(f"# {code} {entry['title']['en']} · {entry['title']['zh']}\n")
    assert f"Table: {entry['dataset']} {table['name']['en']} ({table['name']['zh']})." in text
    assert entry["blind"]["en"] in text
    assert entry["blind"]["zh"] in text
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == [
        f"{one['name']['en']} · {one['name']['zh']}" for one in entry["checks"]
    ]
    for one in entry["checks"]:
        part = text.split(f"### {one['name']['en']} · {one['name']['zh']}\n", 1)[1].split("\n### ", 1)[0]
        assert TABLES[one.get("dataset", entry["dataset"])]["name"]["en"] in part.split("\n")[1]
        said = re.search(r"^提示写作：(.*)$", part, re.MULTILINE)
        assert said is not None
        assert one["sentence"]["zh"].split("{")[0].strip() in said[1]
        assert re.search(r"^在“.*”中[^a-z_]*。$", part, re.MULTILINE), "what it looks at, in Chinese alone"
        named = re.search(r"^- In these formulas: (.*)$", part, re.MULTILINE)
        text_ = " ".join(
            [*(one.get(name, "") for name in ("where", "when", "having", "unless")), *one["levels"].values()]
        )
        for name in re.findall(r"(?<![\w.'])[a-z][a-z_]*_[a-z]+", text_):
            assert named is not None
            assert f"`{name}`" in named[1]
        for name in ("where", "when", "having", "unless"):
            assert " ".join(one.get(name, "").split()) in part
        for colour, test in one["levels"].items():
            assert f"Always {test}" in part if colour == "always" else f"{colour} when `{test}`" in part.lower()
        for step in (*one.get("first", ()), *one.get("then", ()), *one.get("about", ())):
            assert step in part


@pytest.mark.parametrize("code", sorted(code for code, entry in INDICATORS.items() if entry.get("parameters")))
def test_the_parameters_of_a_page_are_those_of_the_data(code: str) -> None:
    parameters = INDICATORS[code]["parameters"].values()
    rows = rows_under(text_of(code), "## Parameters")
    assert [row[:2] for row in rows] == [[one["name"]["en"], one["name"]["zh"]] for one in parameters]
    for (_, _, value, span, _), one in zip(rows, parameters, strict=True):
        if one.get("local"):
            assert "待设定" in value
        elif isinstance(one["value"], list):
            assert all(word in value for word in one["value"])
        else:
            assert figure(value) == pytest.approx(kept_figure(one, one["value"])), one
        low, _, high = span.partition("–")
        for shown, bound in ((low, one.get("low")), (high, one.get("high"))):
            assert figure(shown) == (None if bound is None else pytest.approx(kept_figure(one, bound))), one


@pytest.mark.parametrize("code", sorted(INDICATORS))
def test_the_cases_of_a_page_are_the_cases_that_are_tested(code: str) -> None:
    tested = yaml.load((ROOT / f"tests/alerts/cases/{code}.yaml").read_text(), Loader=yaml.BaseLoader)["checks"]
    for one in INDICATORS[code]["checks"]:
        rows = rows_under(text_of(code), f"### {one['name']['en']} · {one['name']['zh']}")
        assert [KINDS[row[0]] for row in rows] == list(KINDS.values())
        for kind, why, says in rows:
            case = tested[one["id"]][KINDS[kind]]
            assert why == case["why"]
            said = [f"{hit['colour']}: {hit['zh']}<br>{hit['en']}" for hit in case.get("finds", ())]
            assert says == ("<br>".join(said) or "nothing")
