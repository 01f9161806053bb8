"""Telling people something, and their reading of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.language import said_day
from qingqu.notifications import rules
from qingqu.notifications.models import Message
from qingqu.trace.actions import record, write


@transaction.atomic
def tell(
    people: User | Iterable[User],
    text: str | Promise,
    url: str,
    kind: str,
    *,
    sender: User | None = None,
    key: str = "",
    on: date | None = None,
    words: Mapping[str, object] | None = None,
) -> int:
    """Send a line with a link to one person or many, in a fixed number of SQL statements; returns how many were told.

    The same `key` reaches a person once a day, and the same reminder once. What he is told on a day is one message
    (`queries.days_of`), a line for each thing. A lazy `text`, filled with `words`, is written in each reader's
    language.
    """
    day = on or today()
    persons = [people] if isinstance(people, User) else list({p.pk: p for p in people}.values())
    if key:
        told = Message.objects.filter(key=key, on=day, person__in=persons).values_list("person_id", flat=True)
        reached = set(told)
        persons = [person for person in persons if person.pk not in reached]
    written = _in_languages(text, words, {_language(person) for person in persons})
    said = _said_already(persons, day) if kind == Message.Kind.REMINDER else frozenset()
    new = [
        Message(person_id=person.pk, kind=kind, text=line, url=url, sender=sender, key=key, on=day)
        for person in persons
        if (person.pk, line := written[_language(person)]) not in said
    ]
    Message.objects.bulk_create(new, batch_size=500)
    return len(new)


def _said_already(persons: list[User], day: date) -> frozenset[tuple[int, str]]:
    """What each has been reminded of today."""
    said = Message.objects.filter(kind=Message.Kind.REMINDER, on=day, person__in=persons)
    return frozenset(said.values_list("person_id", "text"))


def _language(person: User) -> str:
    return person.language or settings.LANGUAGE_CODE


def _in_languages(text: str | Promise, words: Mapping[str, object] | None, languages: set[str]) -> dict[str, str]:
    written = {}
    for language in languages:
        with translation.override(language):
            written[language] = rules.shorten(str(text) % _worded(words) if words else str(text))
    return written


def _worded(words: Mapping[str, object]) -> dict[str, object]:
    """A day is said as on the pages: 4 月 30 日, or 30 April."""
    return {name: said_day(word) if isinstance(word, date) else word for name, word in words.items()}


def settle(keys: Iterable[str]) -> int:
    """What these lines asked for is done, or no longer theirs to do: nobody has to read them; how many stood unread.

    Their keys are free again: the same matter may be put to the same person once more on the same day.
    """
    lines = Message.objects.filter(key__in=[key for key in keys if key], read_at=None)
    return lines.update(read_at=timezone.now(), key="")


@transaction.atomic
def mark_read(message: Message, *, by: User) -> None:
    """Note that the reader has seen it; nothing happens where he had already."""
    if Message.objects.filter(pk=message.pk, read_at=None).update(read_at=timezone.now()):
        record("notifications.read", message, by=by)


@transaction.atomic
def mark_all_read(person: User, *, by: User) -> int:
    """Note that the reader has seen everything; returns how many were new to him."""
    count = Message.objects.filter(person=person, read_at=None).update(read_at=timezone.now())
    if count:
        write("notifications.all_read", person, by=by, details={"count": count})
    return count
