"""Units, posts and people over the API. Telephone numbers are masked."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.text import mask_phone
from qingqu.organisation import page_queries
from qingqu.organisation.models import Post, Unit
from qingqu.organisation.queries import standing

router = Router(tags=["organisation"])


class UnitOut(Schema):
    """A node of the tree."""

    id: int
    kind: str
    name: str
    short_name: str
    code: str
    parent_id: int | None
    responsible_id: int | None
    leader_id: int | None
    is_active: bool


class PostOut(Schema):
    """A post, whoever holds it."""

    id: int
    unit_id: int
    name: str
    tier: str
    is_key: bool
    duties: str
    authority: str
    is_active: bool


class HeldOut(Schema):
    """A post that somebody holds."""

    post_id: int
    post: str
    unit_id: int
    started_on: date
    is_main: bool

    @staticmethod
    def resolve_post(held: Any) -> str:
        return str(held.post.name)

    @staticmethod
    def resolve_unit_id(held: Any) -> int:
        return int(held.post.unit_id)


class PersonOut(Schema):
    """A member of staff and the posts that he holds today."""

    id: int
    name: str
    number: str
    phone: str
    held: list[HeldOut]

    @staticmethod
    def resolve_phone(person: User) -> str:
        return mask_phone(person.phone)


def _school(request: SignedIn) -> Unit:
    school = standing(request.user).school
    if school is None:
        raise Http404
    return school


@router.get("/units", response=list[UnitOut], summary="Units of one's school")
@paginate(LimitOffsetPagination)
def units(request: SignedIn) -> QuerySet[Unit]:
    """Departments and party branches, retired ones included."""
    return Unit.objects.visible_to(request.user).order_by("path")


@router.get("/posts", response=list[PostOut], summary="Posts of one's school")
@paginate(LimitOffsetPagination)
def posts(request: SignedIn, unit_id: int | None = None) -> QuerySet[Post]:
    """All posts, or those of one unit."""
    found = Post.objects.visible_to(request.user).order_by("id")
    return found.filter(unit_id=unit_id) if unit_id else found


@router.get("/people", response=list[PersonOut], summary="People of one's school")
@paginate(LimitOffsetPagination)
def people(request: SignedIn, q: str = "", unit_id: int | None = None) -> QuerySet[User]:
    """Everybody who holds a post today, found by name, staff number or post."""
    return page_queries.people_of(_school(request), text=q, unit=unit_id)


@router.get("/people/{pk}", response=PersonOut, summary="One person")
def person(request: SignedIn, pk: int) -> User:
    """A member of staff of one's school."""
    return get_object_or_404(page_queries.people_of(_school(request)), pk=pk)
