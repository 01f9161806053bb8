"""What is reviewed: the apps above say here, at start-up, how their papers are decided and what to warn of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.functional import Promise

from qingqu.accounts.models import User
from qingqu.reviews.actions import Outcome
from qingqu.reviews.models import Review
from qingqu.reviews.queries import for_subject


@dataclass(frozen=True, slots=True)
class Flag:
    """A word beside a paper in the list; one that `stops` has to be read before it can be approved."""

    text: str
    stops: bool = True


class Decide(Protocol):
    """The upper app's act for one decision: what follows for the paper happens in the same transaction."""

    def __call__(self, review: Review, *, approve: bool, opinion: str, marked: Sequence[str], by: User) -> Outcome: ...


Flags = Callable[[Sequence[Review], User], dict[int, list[Flag]]]
PaperOf = Callable[[int], int | None]
"""The id of the paper to which a part belongs."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A sort of paper. `kinds` names what stands in `Review.kind`; `flags` answers in a fixed number of statements.

    `parts` are the labels of what a paper consists of («declarations.item»), and how the paper of one is found.
    """

    decide: Decide
    flags: Flags
    kinds: dict[str, str | Promise] = field(default_factory=dict)
    parts: dict[str, PaperOf] = field(default_factory=dict)


SUBJECTS: dict[str, Subject] = {}


def register(label: str, subject: Subject) -> None:
    """Called in `AppConfig.ready` of the app that owns the paper."""
    SUBJECTS[label] = subject


def kind_names() -> dict[str, str | Promise]:
    """Every sort of paper that can be reviewed, with its name."""
    return {kind: name for subject in SUBJECTS.values() for kind, name in subject.kinds.items()}


def flags_of(reviews: Sequence[Review], user: User) -> dict[int, list[Flag]]:
    """The warnings beside each of `reviews`, by its id."""
    found: dict[int, list[Flag]] = {}
    for label, subject in SUBJECTS.items():
        if rows := [review for review in reviews if review.subject_label == label]:
            found |= subject.flags(rows, user)
    return found


def approvals_of(label: str, pk: int | None) -> list[Review]:
    """The turns in which the paper with this part was approved last, in their order; none where it never was (S34)."""
    for paper_label, subject in SUBJECTS.items():
        paper = subject.parts[label](pk) if pk and label in subject.parts else None
        if paper is not None:
            approved = list(for_subject(paper_label, paper).filter(state=Review.State.APPROVED))
            return [turn for turn in approved if turn.sent_round == approved[-1].sent_round]
    return []


def decide(review: Review, *, approve: bool, opinion: str, marked: Sequence[str], by: User) -> Outcome:
    """Decide on a review through the app that owns its paper."""
    return SUBJECTS[review.subject_label].decide(review, approve=approve, opinion=opinion, marked=marked, by=by)
