"""What the clock does about warnings: judge all records at night, tell who has to act, sum up the week (S54, S55)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.alerts import queries, telling
from qingqu.alerts.indicators import drafting, rule_actions
from qingqu.alerts.models import Alert, Disposal, Replay, Rule, Run, Trial
from qingqu.alerts.running import conformity, replaying, runs, signalling
from qingqu.alerts.trying import trials
from qingqu.common.language import listed
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import holders
from qingqu.risks.models import MeasureRun

log = logging.getLogger("qingqu.alerts")


def judge(day: date) -> int:
    """Once a day: all rules over all records of every school that runs some. Returns how many warnings were raised.

    A school whose run fails is logged and tried again the next day; the others are judged all the same.
    """
    schools = Unit.objects.filter(pk__in=Rule.objects.filter(state=Rule.State.ON).values("school"))
    return sum(_done(run) for school in schools if (run := runs.of_night(school, day)))


def _done(run: Run) -> int:
    try:
        return runs.carry_out(run).raised
    except Exception:
        log.exception("the records of school %s could not be judged", run.school.code)
        return 0


def judge_waiting(stopped: Callable[[], bool] = lambda: False) -> int:
    """Do the runs that somebody asked for by changing indicators; returns how many warnings were raised.

    Found by a query, so that one that was interrupted is done after the next start.
    """
    asked = Run.objects.filter(night=None, on=None, ended_at=None).select_related("school", "by").order_by("pk")
    return sum(_done(run) for run in asked if not stopped())


def count_conformity(stopped: Callable[[], bool] = lambda: False) -> int:
    """Count anew how many cases of the logs that have changed follow their procedures; returns how many procedures."""
    done = 0
    for kept, procedures in conformity.waiting():
        from qingqu.alerts.running import sorting  # only here: what has nothing to count does without Ibis

        if stopped():
            break
        done += sorting.count(kept, procedures)
    return done


def replay_waiting(stopped: Callable[[], bool] = lambda: False) -> int:
    """Compute the warnings anew for which somebody asked; returns how many. One that fails is logged and noted."""
    done = 0
    for asked in Replay.objects.filter(ended_at=None).select_related("alert__rule", "alert__school").order_by("pk"):
        if stopped():
            break
        try:
            replaying.carry_out(asked)
            done += 1
        except Exception:
            log.exception("warning %s could not be computed anew", asked.alert.number)
    return done


def try_waiting(stopped: Callable[[], bool] = lambda: False) -> int:
    """Try out the values for which somebody asked; returns how many. One that fails is logged and noted.

    Found by a query, so that one that was interrupted goes on after the next start.
    """
    done = 0
    for trial in Trial.objects.filter(ended_at=None).select_related("school", "rule__school").order_by("asked_at"):
        if stopped():
            break
        try:
            trials.carry_out(trial)
            done += 1
        except Exception:
            log.exception("values of %s of indicator %s could not be tried", trial.parameter, trial.code)
    return done


def discard_trials(_day: date) -> int:
    """Delete what was tried out long ago; returns how many."""
    return trials.tidy()


def begin_versions(day: date) -> int:
    """Let approved versions of indicators replace the former ones on their day; returns how many have begun.

    One that contradicts itself is given up as soon as it is seen: until its day there is time for another.
    """
    approved = Rule.objects.filter(state=Rule.State.APPROVED).order_by("pk")
    due = approved.filter(effective_from__lte=day)
    wrong = [rule for rule in approved.exclude(pk__in=due) if drafting.contradiction(rule)]
    return sum(rule_actions.begin(rule).state == Rule.State.ON for rule in [*due, *wrong])


def signal(day: date) -> int:
    """Bring the warnings about the work of prevention itself in line; returns how many were raised."""
    schools = Unit.objects.active().filter(kind=Unit.Kind.SCHOOL)
    return sum(signalling.bring_in_line(school, day) for school in schools)


def remind(day: date) -> int:
    """Tell whoever's turn it is of new and nearly due warnings, and one level up of late ones; one message a day.

    Returns how many people were told.
    """
    grouped: dict[tuple[int, int, int, int], list[User]] = defaultdict(list)
    alerts = Alert.objects.filter(queries.OPEN).select_related("unit__responsible", "unit__leader")
    for line in telling.lines(alerts, day):
        grouped[line.words].append(line.person)
    told = 0
    for counts, people in grouped.items():
        *own, _risen = counts
        url = reverse("alerts:list") + ("" if any(own) else "?late=1")
        told += tell(people, _line(*counts), url, Message.Kind.REMINDER, key=telling.DAILY, on=day)
    return told


def tell_rectified(day: date) -> int:
    """The day after, when it can no longer be taken back: who closed a prompt hears that it has been put right.

    Returns how many were told; of what was put right more than a month ago nobody is told any more.
    """
    lately = {"recorded_at__date__lt": day, "recorded_at__date__gte": day - timedelta(days=31)}
    runs = MeasureRun.objects.filter(measure__next_due_on=None, undone_at=None, **lately)
    closed = Disposal.objects.filter(step=Disposal.Step.CLOSED, alert__state=Alert.State.CLOSED)
    told = 0
    for closing in closed.filter(alert__rectification__runs__in=runs).select_related("alert", "by").distinct():
        alert, key = closing.alert, f"alert:{closing.alert_id}:rectified"
        if closing.by and not Message.objects.filter(key=key, person=closing.by).exists():
            said, url = (
                gettext_lazy("核查提示 %(number)s 的整改已完成，请查看"),
                reverse("alerts:show", args=[alert.pk]),
            )
            told += tell(closing.by, said, url, Message.Kind.NEWS, key=key, on=day, words={"number": alert.number})
    return told


def _written(late: int, due: int, new: int, risen: int) -> str:
    parts = [
        (late, _("已逾期 %(count)s 条")),
        (due, _("即将到期 %(count)s 条")),
        (new, _("新提示 %(count)s 条")),
    ]
    said = listed(words % {"count": count} for count, words in parts if count)
    if said and risen:
        whole = _("核查提示：%(said)s，请办理；另有他人逾期未办 %(count)s 条，请督办")
    else:
        whole = _("核查提示：%(said)s，请办理") if said else _("核查提示：他人逾期未办 %(count)s 条，请督办")
    return whole % {"said": said, "count": risen}


_line = lazy(_written, str)
"""What there is, in the language of its reader; what there is not goes without saying."""


def digest(day: date) -> int:
    """Once a week, on Monday or the first day after it that the clock runs: last week in figures, to the commission."""
    monday = day - timedelta(days=day.weekday())
    told = 0
    for school in Unit.objects.filter(pk__in=Alert.objects.values("school")):
        key = f"{telling.KEY}week:{school.pk}:{monday.isoformat()}"
        if Message.objects.filter(key=key).exists():
            continue
        said = gettext_lazy(
            "上周核查提示：新提示 %(new)s 条、办结 %(closed)s 条、自行消除 %(lapsed)s 条；"
            "尚未办结 %(open)s 条，其中逾期 %(late)s 条"
        )
        people = list(holders(school, Duty.Kind.DISCIPLINE))
        words = week_of(school, monday, day)
        told += tell(people, said, reverse("alerts:board"), Message.Kind.REMINDER, key=key, on=day, words=words)
    return told


def week_of(school: Unit, monday: date, day: date) -> dict[str, int]:
    """The figures of the week before `monday`, and what is open and late on `day`; one statement."""
    first = monday - timedelta(days=7)
    over = Q(closed_at__date__gte=first, closed_at__date__lt=monday)
    return Alert.objects.filter(school=school).aggregate(
        new=Count("pk", filter=Q(raised_at__date__gte=first, raised_at__date__lt=monday)),
        closed=Count("pk", filter=over & Q(state=Alert.State.CLOSED)),
        lapsed=Count("pk", filter=over & Q(state=Alert.State.LAPSED)),
        open=Count("pk", filter=queries.OPEN),
        late=Count("pk", filter=queries.OPEN & Q(due_on__lt=day)),
    )
