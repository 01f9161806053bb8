"""`qingqu sample records` writes what the product's own importer takes, and says truly what was planted."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.base import File

from config.commands.sample import sample
from config.sample import warnings as sample_school
from config.sample.records import scoring
from config.sample.records.frauds import PLANTERS
from qingqu.common.tabular.workbook import open_workbook
from qingqu.datasets import actions, checking, folder, importing
from qingqu.datasets.catalogue import templates
from qingqu.datasets.cells import PARSERS
from qingqu.datasets.models import Batch
from tests.people import Cast

FEW = ["--rows", "720", "--years", "2", "--each", "1"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(sample, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sample") / "records"
    run("records", *FEW, "--output", str(target))
    return target


def lines_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as kept:
        return list(csv.DictReader(kept))


def only_file(written: Path, code: str) -> Path:
    [file] = (written / code).iterdir()
    return file


def test_every_file_is_read_without_a_fault(written: Path, cast: Cast) -> None:
    actions.adopt(cast.school, list(templates()), keeper=cast.office, by=cast.chen)
    for code in templates():
        file = only_file(written, code)
        with file.open("rb") as content:
            batch = importing.upload(folder.table_named(code), File(content, file.name), by=None)
        batch = importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None)
        found = checking.survey(batch)
        assert (found.faulty, found.totals, found.doubled, found.faults) == (0, 0, 0, []), code
        assert found.good == len(lines_of(file)) > 0, code
        assert batch.mapping.keys() == {column.id for column in templates()[code].columns}, code


def test_tables_and_logs_are_taken_in_whole(written: Path, cast: Cast) -> None:
    for code in ("DS13", "DS19"):
        actions.adopt(cast.school, [code], keeper=cast.office, by=cast.chen)
        file = only_file(written, code)
        batch = folder.take_in(folder.table_named(code), file, source=Batch.Source.FILE, by=None)
        assert (batch.added, batch.faulty) == (len(lines_of(file)), 0)


def test_the_truth_names_rows_that_are_there(written: Path) -> None:
    lines = lines_of(written / "truth.csv")
    missing = PLANTERS.keys() - {line["indicator"] for line in lines}
    assert missing == set()
    rows = {code: lines_of(only_file(written, code)) for code in templates()}
    for line in lines:
        named = dict(part.split("=", 1) for part in line["row"].split("; "))
        assert any(named.items() <= row.items() for row in rows[line["table"]]), line
        assert line["why"].endswith(".")


def test_one_seed_gives_one_truth(written: Path, tmp_path: Path) -> None:
    run("records", *FEW, "--output", str(tmp_path / "again"))
    run("records", *FEW, "--seed", "2", "--output", str(tmp_path / "other"))
    files = sorted(path.relative_to(written) for path in written.rglob("*.csv"))
    assert len(files) == len(templates()) + 1
    assert [name for name in files if (written / name).read_bytes() != (tmp_path / "again" / name).read_bytes()] == []
    assert (written / "truth.csv").read_bytes() != (tmp_path / "other/truth.csv").read_bytes()


def test_a_city_has_a_folder_for_each_school(tmp_path: Path) -> None:
    run("records", "--rows", "240", "--years", "2", "--each", "0", "--city", "-o", str(tmp_path))
    assert len(list(tmp_path.glob("YC*/DS1/采购台账.csv"))) == 12
    assert lines_of(tmp_path / "truth.csv") == []


def test_workbooks_say_what_the_texts_say(written: Path, tmp_path: Path) -> None:
    run("records", *FEW, "--format", "xlsx", "-o", str(tmp_path))
    [sheet] = open_workbook((tmp_path / "DS19/招标投标.xlsx").read_bytes(), "招标投标.xlsx")
    with only_file(written, "DS19").open(encoding="utf-8-sig", newline="") as kept:
        texts = list(csv.reader(kept))
    read = [PARSERS["money"](row[9]) for row in sheet.rows[1:]]
    assert [row[0] for row in sheet.rows] == [row[0] for row in texts]
    assert read == [PARSERS["money"](row[9]) for row in texts[1:]]
    assert any(read)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(sample, ["records", *FEW, "-o", str(tmp_path)])
    assert result.exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_scores_are_a_table_of_all_indicators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "findings", lambda tables, world: [])  # they are measured in tests/alerts
    output = run("score", *FEW)
    assert [line.split()[0] for line in output.splitlines()[1:-3]] == sorted(PLANTERS, key=lambda c: (c[0] == "E", c))
    assert "0.00 条 yellow" in output


def test_the_sample_school_s_large_matters_have_their_meetings() -> None:
    """Its indicator on large matters has something to look at, and three things to say."""
    made, again = (sample_school._records(date(2026, 4, 20)) for _ in range(2))
    assert {code: {n: list(c) for n, c in table.items()} for code, table in made.items()} == {
        code: {n: list(c) for n, c in table.items()} for code, table in again.items()
    }, "the same every time"
    meetings, bought, paid = made["DS13"], made["DS1"], made["DS3"]
    large = [n for n, amount in zip(bought["meeting_no"], bought["amount"], strict=True) if amount >= 10_000_000]
    assert len(large) == len(sample_school.LARGE)
    assert set(large) <= set(meetings["meeting_no"])
    assert len(meetings["meeting_no"]) == len(sample_school.LARGE) + len(sample_school.ON_MEETINGS)
    held = dict(zip(meetings["meeting_no"], meetings["date"], strict=True))
    signed = zip(bought["meeting_no"], bought["contract_date"], strict=True)
    assert sum(bool(number and held[number] > day) for number, day in signed) == 1
    assert sum(a < s * 2 / 3 for a, s in zip(meetings["attend"], meetings["should"], strict=True)) == 1
    contracts = zip(paid["contract_no"], paid["contract_amount"], paid["meeting_no"], strict=True)
    assert len({no for no, amount, meeting in contracts if amount >= 10_000_000 and not meeting}) == 1
