"""What the frame of every page needs: where one can go, where one is, how it should look.

It asks for nothing but the reader's standing, which the page has usually asked for already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.alerts.access import visible
from qingqu.alerts.queries import count_mine
from qingqu.campaigns.models import Campaign, Stage
from qingqu.common.clock import today
from qingqu.notifications.queries import unread_count
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import standing
from qingqu.trace.context import request_id


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One line of the navigation as we planned it; `short` is its name in the phone's tab bar."""

    view: str
    name: str | Promise
    icon: str
    short: str | Promise = ""
    duties: tuple[str, ...] = ()
    """Only for people with one of these duties; empty: for everybody."""
    heads: bool = False
    """Also for those who answer for a department or lead one."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the navigation as this reader sees it on this page."""

    name: str | Promise
    short: str | Promise
    icon: str
    url: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class NavGroup:
    name: str | Promise
    items: list[NavItem]


PROGRESS = ("party_office", "discipline", "secretary", "principal")
ENTRIES: list[tuple[str | Promise, list[NavEntry]]] = [
    (
        "",
        [
            NavEntry("workbench:home", _("工作台"), "home", _("待办")),
            NavEntry("declarations:mine", _("我的登记表"), "forms", pgettext_lazy("tab", "登记表")),
            NavEntry("reviews:list", _("审核"), "review"),
            NavEntry("notifications:list", _("消息"), "bell"),
        ],
    ),
    (
        _("风险防控"),
        [
            NavEntry("reports:ledger", _("风险台账"), "table", _("台账")),
            NavEntry("reports:maps", _("全景与缺口"), "grid", _("全景")),
            NavEntry("powers:list", _("权力事项"), "gavel"),
            NavEntry("risks:tasks", _("措施任务"), "tasks"),
            NavEntry("alerts:list", _("核查提示"), "alert"),
            NavEntry("datasets:home", _("业务数据"), "sheet"),
        ],
    ),
    (
        _("组织与年度"),
        [
            NavEntry("campaigns:home", _("年度工作"), "calendar"),
            NavEntry("declarations:progress", _("登记进度"), "clipboard", duties=PROGRESS, heads=True),
            NavEntry("organisation:home", _("组织与人员"), "people"),
            NavEntry("library:home", _("起步库"), "book"),
        ],
    ),
    (
        _("检查与文书"),
        [
            NavEntry("declarations:lists", _("清单公示"), "clipboard", duties=("party_office",), heads=True),
            NavEntry("records:list", _("公示与备案"), "news"),
            NavEntry("reports:dossiers", _("信息档案"), "folder"),
            NavEntry("reports:downloads", _("导入导出"), "sheet"),
            NavEntry("trace:home", _("留痕"), "history"),
        ],
    ),
]
TABS = ("workbench:home", "declarations:mine", "reports:ledger", "reports:maps")
MORE = NavEntry("workbench:more", _("更多"), "more", _("更多"))


BELONGS = dict.fromkeys(("risks:show", "risks:edit", "risks:rate", "risks:judge", "risks:close"), "reports:ledger") | {
    "reports:gap": "reports:maps"
}
"""Pages that people look for under another entry than that of their own app."""


@lru_cache(maxsize=64)
def address(view: str) -> str:
    """The address of a view by its name, or an empty string where no app offers it."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


def current_view(request: HttpRequest, offered: Iterable[str]) -> str:
    """Which entry the page belongs to.

    What `request.belongs_to` says, itself, one named like it (dossier → dossiers), else the first one of the same app.
    """
    match = request.resolver_match
    here = getattr(request, "belongs_to", "") or (match.view_name if match else "")
    here = BELONGS.get(here, here)
    offered = list(offered)
    if here in offered:
        return here
    app = here.partition(":")[0] + ":"
    same_app = [view for view in offered if view.startswith(app)] if app != ":" else []
    alike = [view for view in same_app if view.startswith(here.partition("-")[0])]
    return next(iter(alike or same_app), "")


def nav_groups(request: HttpRequest) -> list[NavGroup]:
    """The side navigation, grouped; entries whose page does not exist are left out."""
    here = current_view(request, (entry.view for _group, entries in ENTRIES for entry in entries))
    groups = [
        NavGroup(name, [counted(request, e, here) for e in entries if address(e.view) and is_for(request, e)])
        for name, entries in ENTRIES
    ]
    return [group for group in groups if group.items]


def is_for(request: HttpRequest, entry: NavEntry) -> bool:
    """Whether an entry is meant for this reader; what the page admits is its own affair."""
    if not entry.duties:
        return True
    who = standing(request.user)
    return who.has(*entry.duties) or (entry.heads and bool(who.heads or who.leads))


def counted(request: HttpRequest, entry: NavEntry, here: str) -> NavItem:
    """An entry of the side navigation; messages say how many are unread, warnings how many wait (a statement each)."""
    found = item(entry, here)
    count = COUNTS.get(entry.view)
    if count and isinstance(request.user, User):
        return replace(found, count=count(request.user))
    return found


def waiting_warnings(user: User) -> int:
    """How many 核查提示 wait for him; nothing is asked where he has no school."""
    return count_mine(user, visible(user)) if standing(user).school else 0


COUNTS: dict[str, Callable[[User], int]] = {
    "notifications:list": unread_count,
    "alerts:list": waiting_warnings,
}


def tab_items(request: HttpRequest) -> list[NavItem]:
    """The phone's tab bar: four places and the rest."""
    entries = {entry.view: entry for _group, entries in ENTRIES for entry in entries}
    shown = [entries[view] for view in TABS] + [MORE]
    here = current_view(request, [*entries, MORE.view])
    return [item(entry, here if here in TABS else MORE.view) for entry in shown if address(entry.view)]


def item(entry: NavEntry, here: str) -> NavItem:
    """An entry as the reader sees it while he is at the view `here`."""
    return NavItem(entry.name, entry.short or entry.name, entry.icon, address(entry.view), entry.view == here)


def school_name(request: HttpRequest) -> str:
    """The reader's school; before sign-in the only school of this site, if there is only one."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        school = standing(user).school
        return school.name if school else ""
    names = Unit.objects.active().filter(kind=Unit.Kind.SCHOOL).values_list("name", flat=True)[:2]
    return names[0] if len(names) == 1 else ""


def duty_names(request: HttpRequest) -> str:
    """What the reader is in his school, beside his name: 党办."""
    held = standing(request.user).duties
    return _("、").join(str(kind.label) for kind in Duty.Kind if kind in held)


def trail(request: HttpRequest) -> str:
    """Where the year stands, above pages that name no place of their own: one SQL statement.

    «2026 年度 · 查找风险阶段 · 距报送截止还有 6 天»
    """
    day = today()
    running = Stage.objects.filter(
        campaign__school=standing(request.user).school,
        campaign__state=Campaign.State.OPEN,
        starts_on__lte=day,
        ends_on__gte=day,
        closed_at=None,
    )
    stage = running.select_related("campaign").order_by("-campaign__year", "-order").first()
    if stage is None:
        return ""
    campaign = stage.campaign
    words = [
        gettext("%(year)s 年度") % {"year": campaign.year},
        gettext("%(stage)s阶段") % {"stage": stage.get_kind_display()},
    ]
    left = (campaign.due_on - day).days
    if left > 0:
        words.append(ngettext("距报送截止还有 %(days)s 天", "距报送截止还有 %(days)s 天", left) % {"days": left})
    elif left == 0:
        words.append(gettext("今天报送截止"))
    return " · ".join(words)


def wants_large_text(request: HttpRequest) -> bool:
    """Whether this reader chose large text: kept with the person, before sign-in with the session."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        return user.large_text
    session = getattr(request, "session", None)
    return bool(session and session.get("large_text"))


def frame(request: HttpRequest) -> dict[str, Any]:
    """Everything is lazy: a piece for htmx asks for nothing of it."""
    return {
        "nav_groups": SimpleLazyObject(lambda: nav_groups(request)),
        "tab_items": SimpleLazyObject(lambda: tab_items(request)),
        "school_name": SimpleLazyObject(lambda: school_name(request)),
        "trail": SimpleLazyObject(lambda: trail(request)),
        "duty_names": SimpleLazyObject(lambda: duty_names(request)),
        "request_code": request_id.get()[:8],
        "here": request.get_full_path() if request.method == "GET" else "/",
        "page_lang": "en" if (get_language() or "").startswith("en") else "zh-CN",
        "large_text": SimpleLazyObject(lambda: wants_large_text(request)),
    }
