"""What the clock starts, in one place. Every job finds its rows by a query and may run twice without harm."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date

from django.db import close_old_connections, connection

from config.settings import ENV
from qingqu.alerts import tasks as alerts
from qingqu.campaigns import tasks as campaigns
from qingqu.common.clock import today
from qingqu.datasets import folder
from qingqu.datasets import tasks as datasets
from qingqu.declarations import progress_tasks as declarations
from qingqu.declarations import review_tasks
from qingqu.organisation import tasks as organisation
from qingqu.records import tasks as records
from qingqu.reviews import tasks as reviews
from qingqu.risks import keeping
from qingqu.risks import tasks as risks
from qingqu.trace import tasks as trace

log = logging.getLogger("qingqu.schedule")

DAILY: list[tuple[str, Callable[[date], int]]] = [
    ("过期名册 stale rosters deleted", organisation.discard_stale_rosters),
    ("过期数据文件 stale files of records deleted", datasets.discard_stale),
    ("过期试算 old trials of values deleted", alerts.discard_trials),
    ("公示到期 publications ended", records.end_notices),
    ("风险点转为逾期 risk points turned late", keeping.turn_late),
    ("措施逾期提醒 overdue measures told", risks.remind_overdue),
    ("登记表到期提醒 forms reminded", declarations.remind),
    ("登记表逾期上提 late forms told", declarations.escalate),
    ("审核到期提醒 reviews reminded", reviews.remind),
    ("审核逾期上提 late reviews told", review_tasks.escalate),
    ("任务到期提醒 tasks reminded", campaigns.remind_tasks),
    ("岗位变动重新查找 posts to examine anew", campaigns.open_reassessments),
    ("指标新版本生效 versions of indicators begun", alerts.begin_versions),
    ("全部记录核对 warnings out of the records", alerts.judge),
    ("防控工作提示 warnings about prevention itself", alerts.signal),
    ("核查提示周报 weeks of warnings summed up", alerts.digest),
    ("核查提示提醒 people told of warnings", alerts.remind),
    ("整改完成告知 people told of what was put right", alerts.tell_rectified),
    ("核验 problems found by verification", trace.verify_if_due),
]

EVERY = 15 * 60  # seconds between two rounds of what is due


def run_due(day: date) -> Iterator[tuple[str, int]]:
    """Do every daily job for `day`; yields the name of each and how many things it did."""
    for name, job in DAILY:
        yield name, job(day)


def work_on_records(stopped: threading.Event) -> None:
    """Take in large files and the watched folder; do the runs, replays and trials asked for, beside the clock.

    The trace must not wait for a million rows.
    """
    while not stopped.wait(1.0):
        close_old_connections()
        try:
            datasets.load_waiting(stopped.is_set)
            if ENV.watched_folder and ENV.watched_folder.is_dir():
                folder.watch(ENV.watched_folder, stopped.is_set)
            alerts.replay_waiting(stopped.is_set)
            alerts.try_waiting(stopped.is_set)
            alerts.judge_waiting(stopped.is_set)
            alerts.count_conformity(stopped.is_set)
        except Exception:
            log.exception("records could not be taken in; it will be tried again")
            stopped.wait(30.0)
    connection.close()


def work(stopped: threading.Event) -> None:
    """Sequence the trace every second and do what is due every quarter of an hour, until told to stop."""
    threading.Thread(target=work_on_records, args=(stopped,), name="records").start()
    next_round = time.monotonic() + 5
    while not stopped.wait(1.0):
        close_old_connections()
        try:
            trace.sequence()
            trace.checkpoint_if_due()
            if time.monotonic() >= next_round:
                next_round = time.monotonic() + EVERY
                for name, count in run_due(today()):
                    if count:
                        log.warning("%s: %s", name, count)
        except Exception:
            log.exception("a background job failed; it will be tried again")
            stopped.wait(5.0)
