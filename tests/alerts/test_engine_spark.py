"""DuckDB and Spark find the same, to the byte. One test, so that one session serves all of it."""

import pyarrow.parquet as parquet
import pytest

from qingqu.alerts.engine import spark
from qingqu.alerts.engine.batch import compute, run_check
from qingqu.alerts.engine.hits import digest
from tests.alerts import shipped
from tests.alerts.sample_rules import PREPARED, SCHEMAS, filled

pytestmark = [pytest.mark.spark, pytest.mark.skipif(bool(spark.missing()), reason=spark.missing() or "")]


def on_spark(backend, world, folder):
    tables = {}
    for dataset in world.rows:
        parquet.write_table(world.arrow(dataset), folder / f"{dataset}.parquet")
        tables[dataset] = backend.read_parquet(str(folder / f"{dataset}.parquet"), table_name=f"t_{dataset}")
    return tables


def test_spark_finds_what_duckdb_finds(tmp_path):
    world = filled(3)
    backend = spark.connect()
    there, here = on_spark(backend, world, tmp_path), world.tables()
    assert set(there) == set(SCHEMAS)
    for name, prepared in PREPARED.items():
        found = run_check(prepared, here)
        assert found or name == "waiting"
        assert digest(run_check(prepared, there)) == digest(found), name
    for name in ("peer", "peer_across"):
        assert compute(PREPARED[name], there).digest == compute(PREPARED[name], here).digest
    world = shipped.filled(5)
    there, here = on_spark(backend, world, tmp_path), world.tables()
    for name, prepared in [*shipped.prepared().items(), *shipped.regraded().items()]:
        found = run_check(prepared, here)
        assert found, name
        assert digest(run_check(prepared, there)) == digest(found), name
    backend.disconnect()
