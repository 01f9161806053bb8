"""Where a task is done: the apps above say at start-up what a kind of task leads to."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from qingqu.campaigns.models import Task

Link = Callable[[Task], str]
_links: dict[str, Link] = {}


def register(kind: str, link: Link) -> None:
    """`link(task)` is the address where tasks of `kind` are done. For AppConfig.ready."""
    _links[kind] = link


def leads_to(task: Task) -> str:
    """The address where `task` is done, or nothing where somebody says by hand that it is."""
    link = _links.get(task.kind)
    return link(task) if link else ""


def address_of(task: Task) -> str:
    """Where a message about `task` leads."""
    return leads_to(task) or reverse("campaigns:home")
