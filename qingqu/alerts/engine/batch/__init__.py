"""Rules over whole tables: the same Ibis expressions on DuckDB and on Spark."""

from qingqu.alerts.engine.batch.frames import Tables
from qingqu.alerts.engine.batch.logs import Logs
from qingqu.alerts.engine.batch.peers import compute
from qingqu.alerts.engine.batch.running import RUNNERS, run, run_check

__all__ = ["RUNNERS", "Logs", "Tables", "compute", "run", "run_check"]
