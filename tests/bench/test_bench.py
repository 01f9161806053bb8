"""The benchmark runs; how fast is nobody's assertion."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from config.commands.bench import bench


def test_the_list_is_measured_in_a_database_of_its_own(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QINGQU_VAR_DIR", str(tmp_path))
    result = CliRunner().invoke(bench, ["--size", "50", "--only", "list"])
    assert result.exit_code == 0, result.output
    [line] = [line for line in result.output.splitlines() if "list API /ledger" in line]
    assert "ms CPU" in line
    assert "statements" in line
    assert list(tmp_path.iterdir()) == []


def test_records_are_entered_beside_a_history_whatever_was_measured_before(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QINGQU_VAR_DIR", str(tmp_path))
    result = CliRunner().invoke(bench, ["--size", "10", "--only", "import", "--only", "records", "--history", "100"])
    assert result.exit_code == 0, result.output
    lines = [line.split("|")[1].strip() for line in result.output.splitlines() if line.count("|") == 3]
    assert lines[1:] == [
        "100 rows from .csv",
        "the same under 0 look-ups",
        "100 rows, schools: 1, counted",
        "a record, 54 rules",
        "of that judging it",
        "processor for it",
        "one row by SQLite alone",
        "the same beside a few rows",
        "the same beside 100 rows of one school",
        "memory for it, few rows → many",
    ]
