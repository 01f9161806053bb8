"""Whom the records behind a warning name, by digest only: who approved a purchase does not close what it is about."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from qingqu.accounts.models import User
from qingqu.alerts.models import AlertRow
from qingqu.datasets import hashing
from qingqu.datasets.models import Record


def names(person: User) -> Q:
    """The warnings with a record that names him by his name or number, in whatever part; a namesake counts as he."""
    known = [hashing.digest("name", person.name), hashing.digest("number", person.number)]
    said = reduce(or_, (Q(said__contains=digest) for digest in known if digest), Q(pk=None))
    behind = AlertRow.objects.filter(alert=OuterRef(OuterRef("pk"))).values("record_id")
    return Q(Exists(Record.objects.annotate(said=Cast("values", TextField())).filter(said, pk__in=behind)))
