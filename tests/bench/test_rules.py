"""The engine's measurements run on few records; how fast is nobody's assertion."""

from pathlib import Path

from config.bench import warnings
from config.bench.records import schemas, store, tendered
from qingqu import alerts
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.sweeping import sweep
from qingqu.alerts.engine.catalogue import faults, load


def test_usual_rules_over_a_few_records_and_a_sweep(tmp_path: Path) -> None:
    (rule,) = load(Path(warnings.__file__).with_name("typical.yaml"))
    assert faults([rule], schemas()) == []
    backend = store(tmp_path / "few.duckdb", 4_000, ("DS1",), schools=2)
    tables = {code: backend.table(code) for code in schemas()}
    assert tables["DS1"].count().execute() == 4_000
    ready = warnings._ready((rule,), tables)
    found = {p.check.id: len(run_check(p, tables)) for p in ready}
    assert len(found) == 7
    dear = next(p for p in ready if p.check.id == "dear")
    swept = sweep(rule, "dear", "ratio", [1.05, 1.2], tables, schemas(), dear.context)
    assert sum(swept[1.2].values()) == found["dear"] < sum(swept[1.05].values())


def test_made_up_tenders_are_mostly_in_order(tmp_path: Path) -> None:
    backend = tendered(tmp_path / "tenders.duckdb", 2_000)
    tables = {code: backend.table(code) for code in schemas()}
    rules = load(Path(alerts.__file__).parent / "data")
    ready = warnings._ready(tuple(rule for rule in rules if rule.code in warnings.CARDINAL), tables)
    found = {p.rule.code: len(run_check(p, tables)) for p in ready}
    assert found.keys() == warnings.CARDINAL
    assert found["R018"] == 0
    assert 20 < found["R003"] < 100
    assert 5 < found["R028"] < 60
