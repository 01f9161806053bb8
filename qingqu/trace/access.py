"""Whose acts somebody may read.

The duties of the discipline commission and the auditors are known on a floor above. So the settings name the function
that tells them: TRACE_AUDIT_SCOPE = "qingqu.organisation.access.audit_scope", from a user to his Scope, or to None
where he does not audit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from qingqu.common.access import ALLOWED, Access, denied
from qingqu.common.text import number_in
from qingqu.trace.models import Entry
from qingqu.trace.sentences import is_row

Reader = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose acts: the ids of the people; whether their words (reasons, names of things) too; whether as an auditor."""

    people: Set[int]
    words: bool = True
    audits: bool = True


def scope_of(user: Reader) -> Scope:
    """An auditor reads the acts of his school, everybody else his own."""
    path = getattr(settings, "TRACE_AUDIT_SCOPE", "")
    found: Scope | None = import_string(path)(user) if path else None
    return found or Scope(frozenset({user.pk} if user.pk else ()), words=True, audits=False)


def can_verify(user: Reader) -> Access:
    """Start a verification from the page."""
    return ALLOWED if scope_of(user).audits else denied(_("由纪委或审计员核验"))


def can_see_history(user: Reader, model: type[models.Model], pk: Any) -> Access:
    """The history of a thing: whoever may see the thing.

    Of what is gone, or has no rule of its own (`visible_to`), the auditors of the people who acted on it.
    """
    name = f"{model._meta.label_lower}:{pk}"
    return ALLOWED if name in open_histories(user, [name]) else denied(_("没有这一项，或者您没有查看它的权限"))


def open_histories(user: Reader, names: Iterable[str]) -> set[str]:
    """Of the things of these names those whose history `user` may open; a few statements for each kind of thing."""
    scope, opens, unruled = scope_of(user), set[str](), set[str]()
    for label, keys in _by_label(names).items():
        rows: Any = apps.get_model(label)._default_manager.filter(pk__in=keys)
        has_rule = hasattr(rows, "visible_to")
        seen = {str(pk) for pk in rows.visible_to(user).values_list("pk", flat=True)} if has_rule else set()
        opens |= {f"{label}:{key}" for key in seen}
        if scope.audits and (rest := keys - seen):
            there = {str(pk) for pk in rows.values_list("pk", flat=True)} if has_rule else set()
            unruled |= {f"{label}:{key}" for key in rest - there}
    return opens | _acted_on_within(scope, unruled)


def _by_label(names: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in set(names):
        label, _colon, key = name.partition(":")
        if is_row(name) and number_in(key) is not None:
            found.setdefault(label, set()).add(key)
    return found


def _acted_on_within(scope: Scope, names: Collection[str]) -> set[str]:
    """The things on which people of this scope, and nobody else, acted."""
    if not names:
        return set()
    acted = Entry.objects.filter(obj__in=names, ok=True, actor__startswith="u:").order_by()
    strangers = {
        obj for obj, actor in acted.values_list("obj", "actor").distinct() if int(actor[2:]) not in scope.people
    }
    return set(names) - strangers
