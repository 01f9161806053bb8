"""Activation codes for people whom the roster made: who needs one, and the slips that are handed out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from qingqu.accounts import rules
from qingqu.accounts.models import ActivationCode, User
from qingqu.common.clock import today
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.organisation.models import Appointment, Unit
from qingqu.organisation.queries import duties_in_force


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on a person's slip; `code` is known only to whoever holds the slip."""

    person: User
    unit: str
    code: str
    expires_on: date


def without_account(school: Unit, unit: int | None = None) -> QuerySet[User]:
    """The people in office who have not set a password yet, in order of their units.

    Each has `.held` (posts) and `.code_until`: the last day of a code that lies with him unused.
    """
    people = _in_office(school)
    if unit:
        there = Appointment.objects.on(today()).filter(post__unit_id=unit)
        people = people.filter(pk__in=there.values("person_id"))
    return _with_posts(school, people.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX))


def chosen(school: Unit, keys: Iterable[int]) -> QuerySet[User]:
    """The people in office of `school` among `keys`, whether they have a password or not."""
    return _with_posts(school, _in_office(school).filter(pk__in=list(keys)))


def _in_office(school: Unit) -> QuerySet[User]:
    """Everybody who holds a post or a duty in `school` today."""
    posts = Appointment.objects.on(today()).filter(post__unit__school=school)
    duties = duties_in_force().filter(school=school)
    held = Q(pk__in=posts.values("person_id")) | Q(pk__in=duties.values("person_id"))
    return User.objects.filter(held, is_active=True)


def _with_posts(school: Unit, people: QuerySet[User]) -> QuerySet[User]:
    posts = Appointment.objects.on(today()).filter(post__unit__school=school)
    shown = posts.select_related("post__unit").order_by("-is_main", "started_on", "id")
    first = posts.filter(person=OuterRef("pk")).order_by("-is_main", "started_on", "id")
    unused = ActivationCode.objects.filter(user=OuterRef("pk"), used_at=None, expires_on__gte=today())
    return (
        people.annotate(
            unit_order=Subquery(first.values("post__unit__order")[:1]),
            code_until=Subquery(unused.values("expires_on")[:1]),
        )
        .prefetch_related(Prefetch("appointments", shown, to_attr="held"))
        .order_by("unit_order", "number", "id")
    )


def slips(issued: Sequence[tuple[User, str]]) -> list[Slip]:
    """Slips for people out of `without_account` or `chosen`, in their order, with the codes just made for them."""
    until = rules.last_day(today(), rules.CODE_VALID_DAYS)
    return [Slip(person, _unit_of(person), code, until) for person, code in issued]


def still_good(school: Unit, codes: Iterable[tuple[int, str]]) -> list[Slip]:
    """Slips for codes that were shown before, to write them out once more: only those that still open.

    `codes` are pairs of a person's id and a code, as the page of slips sent them back.
    """
    by_person = dict(codes)
    digests = {pk: rules.digest(rules.plain_code(code)) for pk, code in by_person.items()}
    found = ActivationCode.objects.filter(user__in=digests, used_at=None, expires_on__gte=today())
    good = {c.user_id: c.expires_on for c in found if digests[c.user_id] == c.digest}
    return [Slip(p, _unit_of(p), by_person[p.pk], good[p.pk]) for p in chosen(school, good)]


def sheet(rows: Sequence[Slip], address: str) -> bytes:
    """The slips as a workbook, for a mail merge or a table to hand out."""
    columns = [SheetColumn("部门", 18), SheetColumn("姓名", 12), SheetColumn("工号", 14), SheetColumn("登录名", 14)]
    columns += [SheetColumn("启用码", 20), SheetColumn("有效期至", 12), SheetColumn("网址", 36)]
    lines = [[s.unit, s.person.name, s.person.number, s.person.username, s.code, s.expires_on, address] for s in rows]
    return write_xlsx(columns, lines, sheet_name="启用码")


def _unit_of(person: User) -> str:
    held: list[Appointment] = person.held  # type: ignore[attr-defined]
    return held[0].post.unit.name if held else ""
