"""Whose acts somebody may read.

The duties of the discipline commission and the auditors are known on a floor above. So the settings name the function
that tells them: TRACE_AUDIT_SCOPE = "qingqu.organisation.access.audit_scope", from a user to his Scope, or to None
where he does not audit.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from qingqu.common.access import ALLOWED, Access, denied
from qingqu.trace.models import Entry

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
    rows: Any = model._default_manager.all()
    has_rule = hasattr(rows, "visible_to")
    if has_rule and rows.visible_to(user).filter(pk=pk).exists():
        return ALLOWED
    scope, there = scope_of(user), rows.filter(pk=pk).exists()
    if scope.audits and not (has_rule and there) and _acted_on(scope, f"{model._meta.label_lower}:{pk}"):
        return ALLOWED
    return denied(_("没有这一项，或者您没有查看它的权限"))


def _acted_on(scope: Scope, name: str) -> bool:
    """Whether people of this scope, and nobody else, acted on the thing of this name."""
    actors = Entry.objects.filter(obj=name, ok=True, actor__startswith="u:").values_list("actor", flat=True).distinct()
    return {int(actor[2:]) for actor in actors} <= scope.people
