"""The starter library as the product carries it: read once from its file, checked, and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from qingqu.library import rules

FILE = Path(__file__).parent / "data" / "library.yaml"


class BrokenLibrary(ValueError):
    """The library's file says something that does not fit together."""


@dataclass(frozen=True, slots=True)
class MeasureTemplate:
    """A measure against a risk; those of post templates say only what is done and when."""

    phase: str
    text: str
    kind: str = ""
    evidence: str = ""
    freq: str = ""

    @property
    def frequency(self) -> str:
        """Our guess which Frequency it means."""
        return rules.frequency_of(self.freq) if self.freq else "term"

    @property
    def frequency_note(self) -> str:
        return rules.frequency_note(self.freq)


@dataclass(frozen=True, slots=True)
class RiskTemplate:
    """A risk with the measures that answer it; `step` is the sequence number in its power."""

    code: str
    category: str
    level: int
    text: str
    step: int | None = None
    measures: tuple[MeasureTemplate, ...] = ()


@dataclass(frozen=True, slots=True)
class BasisTemplate:
    name: str
    ref: str
    verify: bool = False


@dataclass(frozen=True, slots=True)
class StepTemplate:
    seq: int
    name: str
    actor: str
    output: str
    days: int | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class HolderTemplate:
    name: str
    kind: str


@dataclass(frozen=True)
class PowerTemplate:
    """A power with its basis, steps, holders and usual risks."""

    code: str
    name: str
    domain: str
    three_major: str
    kind: str
    owner: str
    lead: str
    decider: str
    holders: tuple[HolderTemplate, ...]
    bases: tuple[BasisTemplate, ...]
    steps: tuple[StepTemplate, ...]
    risks: tuple[RiskTemplate, ...]

    @property
    def unsure(self) -> tuple[BasisTemplate, ...]:
        """The documents whose number or year a person must still confirm."""
        return tuple(basis for basis in self.bases if basis.verify)

    @property
    def days(self) -> int:
        return sum(step.days or 0 for step in self.steps)

    @property
    def tiers(self) -> frozenset[str]:
        return frozenset(holder.kind for holder in self.holders)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The entry as plain values: kept with each adoption, to see later what a newer library says otherwise."""
        return _plain(self)


@dataclass(frozen=True)
class PostTemplate:
    """What usually is a risk in a post, with a measure for each phase."""

    code: str
    name: str
    tier: str
    risks: tuple[RiskTemplate, ...]

    @cached_property
    def content(self) -> dict[str, Any]:
        return _plain(self)


def _plain(entry: PowerTemplate | PostTemplate) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(entry)))


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: str
    alias: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.alias) if self.alias else (self.name,)


@dataclass(frozen=True, slots=True)
class Scoring:
    """The explainable rating: five questions, two scales, one rule in words (S30)."""

    questions: tuple[tuple[str, str], ...]
    likelihood: Mapping[int, str]
    impact: Mapping[int, str]
    rule: str


@dataclass(frozen=True)
class Catalogue:
    """The whole library at one version."""

    version: str
    title: str
    note: str
    scoring: Scoring
    departments: tuple[Department, ...]
    powers: Mapping[str, PowerTemplate]
    posts: Mapping[str, PostTemplate]

    @cached_property
    def domains(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(power.domain for power in self.powers.values()))

    def owner_names(self, owner: str) -> tuple[str, ...]:
        """All names by which a school may call the department that owns a power."""
        found = next((d for d in self.departments if owner in d.names or owner in rules.names_in(d.name)), None)
        return (owner, *(found.names if found else ()))


@cache
def catalogue() -> Catalogue:
    """The library that comes with this version of the product. Raises BrokenLibrary where its file is inconsistent."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with FILE.open(encoding="utf-8") as file:
        return read(yaml.load(file, Loader=loader))


def read(data: Mapping[str, Any]) -> Catalogue:
    """Turn the file's mapping into a Catalogue, checked."""
    meta = data["meta"]
    scoring = meta["scoring"]
    made = Catalogue(
        version=str(meta["version"]),
        title=meta["title"],
        note=meta["note"],
        scoring=Scoring(
            questions=tuple((q["code"], q["text"]) for q in scoring["questions"]),
            likelihood=dict(scoring["likelihood"]),
            impact=dict(scoring["impact"]),
            rule=scoring["rule"],
        ),
        departments=tuple(Department(**entry) for entry in data["departments"]),
        powers={entry["code"]: _power(entry) for entry in data["powers"]},
        posts={entry["code"]: _post(entry) for entry in data["posts"]},
    )
    _check(made, meta, written=len(data["powers"]) + len(data["posts"]))
    return made


def _power(entry: Mapping[str, Any]) -> PowerTemplate:
    identity = entry["identity"]
    return PowerTemplate(
        code=entry["code"],
        name=entry["name"],
        domain=entry["domain"],
        three_major=entry["three_major"],
        kind=identity["kind"],
        owner=identity["owner"],
        lead=identity["lead"],
        decider=identity["decider"],
        holders=tuple(HolderTemplate(**post) for post in identity["posts"]),
        bases=tuple(BasisTemplate(**basis) for basis in entry["basis"]),
        steps=tuple(StepTemplate(**step) for step in entry["steps"]),
        risks=tuple(_power_risk(risk, entry["measures"]) for risk in entry["risks"]),
    )


def _power_risk(risk: Mapping[str, Any], measures: list[Mapping[str, Any]]) -> RiskTemplate:
    against = (m for m in measures if risk["code"] in m["risks"])
    fields = ("phase", "text", "kind", "evidence", "freq")
    return RiskTemplate(
        code=risk["code"],
        category=risk["category"],
        level=risk["level"],
        text=risk["text"],
        step=risk["step"],
        measures=tuple(MeasureTemplate(**{name: m[name] for name in fields}) for m in against),
    )


def _post(entry: Mapping[str, Any]) -> PostTemplate:
    return PostTemplate(
        code=entry["code"],
        name=entry["name"],
        tier=entry["kind"],
        risks=tuple(
            RiskTemplate(
                code=f"{entry['code']}R{number}",
                category=risk["category"],
                level=risk["level"],
                text=risk["text"],
                measures=tuple(MeasureTemplate(phase, risk[phase]) for phase in ("pre", "mid", "post")),
            )
            for number, risk in enumerate(entry["risks"], 1)
        ),
    )


def _check(made: Catalogue, meta: Mapping[str, Any], *, written: int) -> None:
    """The file's own promises: no code twice, known categories and kinds, each risk on a step, each with measures."""
    problems = [] if len(made.powers) + len(made.posts) == written else ["a code is used twice"]
    for power in made.powers.values():
        if power.kind not in meta["identity_kinds"] or power.three_major not in meta["three_major"]:
            problems.append(f"{power.code}: unknown kind")
        if [step.seq for step in power.steps] != list(range(1, len(power.steps) + 1)):
            problems.append(f"{power.code}: steps are not numbered in order")
        steps = {step.seq for step in power.steps}
        problems += [f"{risk.code}: no such step" for risk in power.risks if risk.step not in steps]
    entries: list[PowerTemplate | PostTemplate] = [*made.powers.values(), *made.posts.values()]
    for entry in entries:
        for risk in entry.risks:
            if risk.category not in meta["categories"] or risk.level not in (1, 2, 3):
                problems.append(f"{risk.code}: unknown category or level")
            if not risk.measures:
                problems.append(f"{risk.code}: no measure")
    if problems:
        raise BrokenLibrary("; ".join(problems))
