"""Finding risk points by words: one full-text index, asked the same on SQLite (FTS5) and PostgreSQL (tsvector)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from qingqu.accounts.models import User
from qingqu.organisation.models import Unit
from qingqu.powers.models import Power, Step
from qingqu.risks import words
from qingqu.risks.models import RiskPoint, RiskWords

ID = words.KEYS - 1
"""The bits of a key that are the id."""
WORDS_AT_MOST = 8


def write(risks: Iterable[RiskPoint]) -> None:
    """Enter risk points into the index, or anew after a change. One statement per few hundred."""
    rows = [RiskWords(risk=risk, key=words.key_of(risk.rank, risk.pk), tokens=words.tokens(risk)) for risk in risks]
    if rows:
        RiskWords.objects.bulk_create(
            rows, batch_size=200, update_conflicts=True, unique_fields=["risk"], update_fields=["key", "tokens"]
        )


@dataclass(frozen=True, slots=True)
class Word:
    """A word that was searched for, with the powers, steps and people that are called so."""

    text: str
    powers: tuple[int, ...]
    steps: tuple[int, ...]
    people: tuple[int, ...]


def words_of(text: str, school: Unit | None) -> list[Word]:
    """What somebody of `school` searches for, word by word; every word must be found. Three statements."""
    said = text.split()[:WORDS_AT_MOST]
    if not said:
        return []
    called = reduce(or_, (Q(name__icontains=word) for word in said))
    powers = Power.objects.filter(called, school=school).values_list("pk", "name").order_by("pk")
    steps = Step.objects.filter(called, power__school=school).values_list("pk", "name").order_by("pk")
    people = User.objects.filter(called).values_list("pk", "name").order_by("pk")
    return [Word(word, _called(powers, word), _called(steps, word), _called(people, word)) for word in said]


def _called(rows: Iterable[tuple[int, str]], word: str) -> tuple[int, ...]:
    return tuple(pk for pk, name in rows if words.says([name], word))


def statement(
    said: list[Word], condition: Q, most: int | None = None, skip: int = 0, *, ordered: bool = True
) -> tuple[str, list[Any]]:
    """A SELECT of the ids of risk points that say all the words and meet `condition`, in the order of lists.

    `condition` speaks of columns in `words.COLUMNS` alone, by equality, `__in` and `__isnull`.
    """
    asked = _both([_expression(condition), *(_said(word) for word in said)])
    limit, values = ("", []) if most is None else (" LIMIT %s OFFSET %s", [most, skip])
    if connection.vendor == "sqlite":
        text, order = f"SELECT rowid & {ID} FROM risks_found WHERE risks_found MATCH %s", "rowid"
    else:
        text, order = f"SELECT key & {ID} FROM risks_riskwords WHERE found @@ %s::tsquery", "key"
    if ordered:
        text += f" ORDER BY {order}"
    return text + limit, [asked, *values]


def ids(said: list[Word]) -> RawSQL:
    """The ids of all risk points that say all the words, for `pk__in`."""
    return RawSQL(*statement(said, Q(), ordered=False))


def _said(word: Word) -> str:
    things = Q(power_id__in=word.powers) | Q(step_id__in=word.steps)
    people = Q(owner_id__in=word.people) | Q(person_id__in=word.people)
    return _either([_run(words.run_of(word.text)), _expression(things), _expression(people)])


def _expression(condition: Q | tuple[str, Any]) -> str:
    """A condition on columns in the language of the index."""
    if isinstance(condition, tuple):
        name, value = condition
        if name.endswith("__in"):
            return _either([_token(words.column(name.removesuffix("__in"), one)) for one in value])
        return _token(words.column(name, value))
    children: list[Any] = condition.children
    parts = [_expression(child) for child in children]
    if not parts:
        return _token(words.EVERY)
    joined = _either(parts) if condition.connector == Q.OR else _both(parts)
    return _without(joined) if condition.negated else joined


def _token(token: str) -> str:
    return f'"{token}"' if connection.vendor == "sqlite" else token


def _run(run: list[str]) -> str:
    """Pairs next to each other; or all pairs that begin with one character."""
    if words.is_half(run[0]):
        return f'"{run[0]}" *' if connection.vendor == "sqlite" else f"{run[0]}:*"
    return f'"{" ".join(run)}"' if connection.vendor == "sqlite" else f"({' <-> '.join(run)})"


def _both(parts: list[str]) -> str:
    return f"({(' AND ' if connection.vendor == 'sqlite' else ' & ').join(parts)})"


def _either(parts: list[str]) -> str:
    """One of `parts`; without any, what nothing is."""
    known = parts or [_token("nothing")]
    return f"({(' OR ' if connection.vendor == 'sqlite' else ' | ').join(known)})"


def _without(part: str) -> str:
    every = _token(words.EVERY)
    return f"({every} NOT {part})" if connection.vendor == "sqlite" else f"({every} & !{part})"
