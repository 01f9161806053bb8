"""The same rules on Spark, for whoever already runs a cluster; an optional extra (requirements/spark.txt)."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import Any


def missing() -> str:
    """What Spark still needs on this machine, in English; empty if it can run."""
    if find_spec("pyspark") is None:
        return "PySpark is not installed (requirements/spark.txt)"
    return "" if shutil.which("java") else "Java is not installed (default-jre-headless)"


def connect(master: str = "local[2]", **settings: str) -> Any:
    """An Ibis backend on Spark: on this machine alone, or at the address of a cluster."""
    import ibis
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("Qingqu").config("spark.ui.enabled", "false")
    if master.startswith("local"):
        builder = builder.config("spark.sql.shuffle.partitions", "2").config("spark.default.parallelism", "2")
        builder = builder.config("spark.sql.adaptive.enabled", "false")
    for name, value in settings.items():
        builder = builder.config(name.replace("_", "."), value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)
