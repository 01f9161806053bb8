"""Values of a parameter to be tried out: noted when somebody asks, done by the worker, read by the page until stale."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.alerts import wording
from qingqu.alerts.engine.prepared import Context, Prepared, prepare
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.fields import PLAIN
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Alert, Rule, Snapshot, Trial
from qingqu.alerts.trying.outcomes import Point, Sample, point_of
from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.datasets.models import Dataset

log = logging.getLogger("qingqu.alerts")
STEPS = 9
KEPT_DAYS = 30
"""For so long a trial that is over stays; then it can be asked for again."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which values of which parameter, of which version's check; `value` is the one whose examples are wanted."""

    rule: Rule
    check_id: str
    parameter: str
    values: list[Any]
    value: str = ""

    @property
    def digest(self) -> str:
        """The same question is one trial, whoever asks."""
        rule = self.rule
        whole = [rule.school_id, rule.code, rule.pk, self.check_id, self.parameter, self.values]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def plain_parameters(rule: Rule, check_id: str) -> dict[str, Parameter]:
    """The parameters of a check that are one number each."""
    used = _prepared(rule, check_id).parameters
    return {n: p for n, p in rulebook.effective(rule).parameters.items() if n in used and p.type in PLAIN}


def waits(rule: Rule, check_id: str) -> bool:
    """Whether a check lacks a local limit, so that as it is it finds nothing."""
    return bool(_prepared(rule, check_id).awaits)


def _prepared(rule: Rule, check_id: str, steps: Any = None) -> Prepared:
    whole = rulebook.effective(rule)
    one = rulebook.check_of(whole, check_id)
    return prepare(whole, one, rulebook.schemas_of(whole), Context(today=0, steps=steps))


def spread(parameter: Parameter, low: float | None = None, high: float | None = None) -> list[Any]:
    """Nine values to try, in the parameter's own measure: from half to twice of the present one, inside its range.

    Between the two ends they have three digits that count, as somebody would choose them.

    None of them where there is neither a present value nor a wished range.
    """
    now = parameter.value
    if low is None or high is None:
        if now is None:
            return []
        low, high = (now / 2 if low is None else low), (now * 2 if high is None else high)
    low = max(low, parameter.low) if parameter.low is not None else low
    high = min(high, parameter.high) if parameter.high is not None else high
    if high < low:
        return []
    between = (low + (high - low) * n / (STEPS - 1) for n in range(1, STEPS - 1))
    tried = [low, *(min(max(float(f"{value:.3g}"), low), high) for value in between), high]
    values = {round(v, 4) if parameter.type in ("ratio", "share") else round(v) for v in tried}
    if now is not None and low <= now <= high:
        values.add(now)
    return sorted(values)


def question_about(
    rule: Rule, check_id: str, name: str, *, low: float | None = None, high: float | None = None, value: str = ""
) -> Question | None:
    """Nine values between two ends, with the examples of `value`, otherwise of the present one, otherwise of the least.

    `name` may be `Trial.AS_IT_IS`: then nothing is varied. None where there is nothing to try: no such parameter,
    neither present value nor ends, ends outside its range, or a local limit that nobody has entered.
    """
    if name == Trial.AS_IT_IS:
        return None if waits(rule, check_id) else Question(rule, check_id, name, [""])
    parameter = plain_parameters(rule, check_id).get(name)
    values = spread(parameter, low, high) if parameter else []
    if not parameter or not values:
        return None
    texts = [str(each) for each in values]
    wanted = next((text for text in (value, str(parameter.value)) if text in texts), texts[0])
    return Question(rule, check_id, name, values, wanted)


@transaction.atomic
def ask(question: Question, *, by: User) -> Trial:
    """Have values tried out soon. What is known and still holds is not computed again; what waits serves everybody."""
    rule = question.rule
    said = {
        "school": rule.school, "code": rule.code, "rule": rule if rule.pk else None,
        "check_id": question.check_id, "parameter": question.parameter,
        "values": question.values, "value": question.value, "by": by,
    }  # fmt: skip
    trial, is_new = Trial.objects.select_for_update().get_or_create(question=question.digest, defaults=said)
    if is_new:
        return trial
    if trial.ended_at and (trial.failed or is_stale(trial)):
        fresh = Trial(pk=trial.pk, question=question.digest, asked_at=timezone.now(), **said)
        fresh.save(force_update=True)
        return fresh
    trial.value = question.value
    if question.value not in trial.samples:
        trial.ended_at = None
    trial.save(update_fields=["value", "ended_at"])
    return trial


def known(question: Question) -> Trial | None:
    """What is noted of a question; one statement."""
    return Trial.objects.filter(question=question.digest).select_related("by", "rule", "school").first()


def carry_out(trial: Trial) -> Trial:
    """Count for every value, then find examples of the one that is wanted; each step is kept as soon as it is done.

    One that was interrupted goes on where it was. Whatever it raises is noted as a failure and raised again.
    """
    from qingqu.alerts.trying import simulating  # only here: a web worker does without Ibis and what it brings

    try:
        if not trial.found:
            _note(trial, state=state_of(trial.tried, trial.check_id))
        records = simulating.records_of(trial.tried)
        _note(trial, step=Trial.Step.COUNTING)
        if not trial.found:
            points = simulating.simulate(trial.tried, trial.check_id, trial.parameter, trial.values, records)
            _note(trial, found=[[p.value, p.total, p.weekly, p.most] for p in points])
        _note(trial, step=Trial.Step.EXAMPLES)
        while not _over(trial):
            value = next(value for value in trial.values if str(value) == trial.value)
            hits = simulating.examples(trial.tried, trial.check_id, trial.parameter, value, records)
            _note(trial, samples={**trial.samples, trial.value: hits})
    except BaseException:
        _note(trial, failed=True, ended_at=timezone.now())
        raise
    return trial


def _note(trial: Trial, **said: Any) -> None:
    """Keep what is known now, and nothing else: meanwhile examples of another value may be asked for."""
    for name, value in said.items():
        setattr(trial, name, value)
    trial.save(update_fields=list(said))


@transaction.atomic
def _over(trial: Trial) -> bool:
    """Whether the examples that are wanted now are there; if so it ends."""
    trial.value = Trial.objects.select_for_update().values_list("value", flat=True).get(pk=trial.pk)
    if trial.value in trial.samples:
        _note(trial, ended_at=timezone.now())
    return trial.ended_at is not None


def is_stale(trial: Trial) -> bool:
    """Whether records or what else it was computed with have changed since; three statements."""
    return trial.state != state_of(trial.tried, trial.check_id)


def state_of(rule: Rule, check_id: str) -> str:
    """Digest of what findings depend on: how often the tables were changed, the definition, the medians, the day."""
    prepared = _prepared(rule, check_id)
    kept = Dataset.objects.filter(school=rule.school_id, code__in=prepared.watches).order_by("code")
    tables = list(kept.values_list("code", "changes", "steps"))
    medians = Snapshot.objects.filter(school=rule.school_id, code=rule.code, check_id=check_id).order_by("-id")
    depends = "today" in prepared.check.model_dump_json()
    whole = [
        tables,
        rulebook.definition_of(prepared),
        medians.values_list("digest", flat=True).first() if prepared.check.primitive == "peer" else "",
        day_of(today()) if depends else 0,
    ]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def points(trial: Trial) -> list[Point]:
    """What each value would have brought, the present one marked."""
    parameter = rulebook.effective(trial.tried).parameters.get(trial.parameter)
    return [point_of(parameter, *found) for found in trial.found]


def samples(trial: Trial, value: Any) -> list[Sample] | None:
    """The examples of a value in the reader's language; None where nobody has asked for them yet."""
    kept = trial.samples.get(str(value))
    return None if kept is None else [_sample(trial, hit) for hit in kept]


def _sample(trial: Trial, hit: dict[str, Any]) -> Sample:
    alert = Alert(rule=trial.tried, check_id=trial.check_id, **hit)
    return Sample(alert.colour, alert.get_colour_display(), wording.sentence(alert))


def tidy() -> int:
    """Delete trials that have been over for a month; returns how many."""
    old = Trial.objects.filter(ended_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return old.delete()[0]
