"""The tree of units, the posts in them, who holds them and since when (S8–S10, S17–S21, S94)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.common.clock import today

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class Tier(models.TextChoices):
    """The three kinds of post of the regulation (S10)."""

    LEADER = "leader", _("领导岗位")
    MIDDLE = "middle", _("环节干部岗位")
    STAFF = "staff", _("教职工岗位")


class UnitQuerySet(models.QuerySet["Unit"]):
    def active(self) -> UnitQuerySet:
        return self.filter(is_active=True)

    def under(self, unit: Unit) -> UnitQuerySet:
        """`unit` itself and all below it."""
        return self.filter(path__startswith=unit.path)

    def visible_to(self, user: User) -> UnitQuerySet:
        """The units of the schools in which `user` holds a post or duty."""
        return self.filter(school_id__in=schools_of(user))


class Unit(models.Model):
    """A node of the tree: bureau → school → department or party branch."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("教育局")
        SCHOOL = "school", _("学校")
        DEPARTMENT = "department", _("部门")
        BRANCH = "branch", _("党支部")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    code = models.CharField(_("代码"), max_length=20, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    school = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="units")
    """The school that the unit belongs to; a school (or bureau) belongs to itself."""
    path = models.CharField(max_length=120, db_index=True, editable=False)
    """Ids from the root, each padded: «00000001.00000004.»; makes «all below» one indexed prefix."""
    order = models.PositiveIntegerField(_("排序"), default=0, db_column="sort_order")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="responsible_units",
        verbose_name=_("第一责任人"),
    )
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_units",
        verbose_name=_("分管领导"),
    )
    duties = models.TextField(_("部门职责"), blank=True)
    is_active = models.BooleanField(_("在用"), default=True)

    objects = UnitQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "name"

    class Meta:
        verbose_name = _("单位")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "kind", "name"], name="unit_name_in_parent"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: User) -> PostQuerySet:
        return self.filter(unit__school_id__in=schools_of(user))


class Post(models.Model):
    """A post (岗位): what is done here, whoever holds it."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name=_("部门"))
    name = models.CharField(_("岗位"), max_length=60)
    tier = models.CharField(_("岗位类别"), max_length=8, choices=Tier, default=Tier.STAFF)
    duties = models.TextField(_("岗位职责"), blank=True)
    authority = models.TextField(_("权限"), blank=True)
    is_key = models.BooleanField(_("重要岗位"), default=False)
    template_code = models.CharField(_("岗位模板"), max_length=10, blank=True)
    """Code of the library's post template from which declarations are prefilled."""
    is_active = models.BooleanField(_("在用"), default=True)

    objects = PostQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "name"

    class Meta:
        verbose_name = _("岗位")
        ordering = ["unit", "tier", "id"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="post_name_in_unit")]

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def on(self, day: date) -> AppointmentQuerySet:
        """The appointments in force on `day`."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day)


class Appointment(models.Model):
    """A person holds a post from a day, until a day; several at once are usual."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments", verbose_name=_("岗位"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments", verbose_name=_("人员")
    )
    started_on = models.DateField(_("任职日期"))
    ended_on = models.DateField(_("离任日期"), null=True, blank=True)
    is_main = models.BooleanField(_("主要岗位"), default=True)

    objects = AppointmentQuerySet.as_manager()
    TRACED = True

    class Meta:
        verbose_name = pgettext_lazy("one", "任职")
        ordering = ["-is_main", "started_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="appointment_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}：{self.post}"


class Duty(models.Model):
    """A duty that opens doors, beside any post: party office, discipline commission, secretary, principal …"""

    class Kind(models.TextChoices):
        SECRETARY = "secretary", _("党委书记")
        PRINCIPAL = "principal", _("校长")
        TEAM = "team", _("班子成员")
        DISCIPLINE = "discipline", _("纪委")
        PARTY_OFFICE = "party_office", _("党办")
        SYSTEM_ADMIN = "system_admin", _("系统管理员")
        SECURITY_ADMIN = "security_admin", _("安全保密管理员")
        AUDITOR = "auditor", _("安全审计员")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="duties_held", verbose_name=_("学校"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="duties", verbose_name=_("人员"))
    kind = models.CharField(_("职责身份"), max_length=14, choices=Kind)
    started_on = models.DateField(_("起"))
    ended_on = models.DateField(_("止"), null=True, blank=True)

    TRACED = True

    class Meta:
        verbose_name = _("职责身份")
        verbose_name_plural = _("职责身份")
        constraints = [
            models.UniqueConstraint(fields=["school", "person", "kind", "started_on"], name="duty_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person}：{self.get_kind_display()}"


class BranchMembership(models.Model):
    """A party member belongs to one branch (S17)."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="branch_membership")
    branch = models.ForeignKey(Unit, models.PROTECT, related_name="members", verbose_name=_("党支部"))

    TRACED = True

    class Meta:
        verbose_name = _("党支部成员")


class NumberSeries(models.Model):
    """The last number given in a series such as TL5Z-GRDJ-2026: numbers have no gap and no double."""

    school = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "kind", "year"], name="number_series_once")]


class HolidayYear(models.Model):
    """The official days off of a year (放假安排), where the calendar that comes with the product does not know it yet.

    It holds for all schools of the installation.
    """

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    off = models.JSONField(_("放假日期"), default=list)
    worked = models.JSONField(_("调休上班日期"), default=list)
    """ISO dates, in order."""
    notice = models.TextField(_("通知内容"))
    """What was pasted: the State Council's notice, or the part of it that names the days."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(auto_now=True)

    TRACED = True

    class Meta:
        verbose_name = pgettext_lazy("one", "放假安排")

    def __str__(self) -> str:
        return str(self.year)


class RosterMapping(models.Model):
    """Which column of a roster is what, remembered by the shape of its header."""

    school = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    signature = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "signature"], name="roster_mapping_once")]


class RosterImport(models.Model):
    """One uploaded roster from upload to result; the file itself is deleted once applied."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("待核对")
        APPLIED = "applied", _("已导入")
        DISCARDED = "discarded", _("已放弃")

    school = models.ForeignKey(Unit, models.CASCADE, related_name="roster_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    file = models.FileField(upload_to="rosters/", blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    mapping = models.JSONField(default=dict)
    mends = models.JSONField(default=dict)
    """Cells that were mended on the page: {"sheet:row:column": "value"}."""
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    TRACED = False

    class Meta:
        verbose_name = _("名册导入")
        ordering = ["-id"]


class Held(NamedTuple):
    """What somebody holds today: (school, unit) of posts, of units he answers for, of units he leads; duties."""

    posts: list[tuple[int | None, int]]
    heads: list[tuple[int | None, int]]
    leads: list[tuple[int | None, int]]
    duties: list[tuple[int, str]]


HELD = """
SELECT 'post', unit.school_id, post.unit_id, '' FROM organisation_appointment held
JOIN organisation_post post ON post.id = held.post_id JOIN organisation_unit unit ON unit.id = post.unit_id
WHERE held.person_id = %s AND held.started_on <= %s AND (held.ended_on IS NULL OR held.ended_on > %s)
UNION ALL
SELECT 'duty', school_id, 0, kind FROM organisation_duty
WHERE person_id = %s AND started_on <= %s AND (ended_on IS NULL OR ended_on > %s)
UNION ALL SELECT 'head', school_id, id, '' FROM organisation_unit WHERE responsible_id = %s AND is_active
UNION ALL SELECT 'lead', school_id, id, '' FROM organisation_unit WHERE leader_id = %s AND is_active
"""
"""Every request asks it: the ORM would take longer to write it down than the database to answer."""


def held_by(user: User) -> Held:
    """What `user` holds today: one statement, kept on the user for the request."""
    found: Held | None = getattr(user, "_held", None)
    if found is None:
        day = str(today())
        with connection.cursor() as cursor:
            cursor.execute(HELD, [user.pk, day, day, user.pk, day, day, user.pk, user.pk])
            rows = cursor.fetchall()
        posts, heads, leads = ([row[1:3] for row in rows if row[0] == what] for what in ("post", "head", "lead"))
        found = Held(posts, heads, leads, [(school, kind) for what, school, _, kind in rows if what == "duty"])
        user._held = found  # type: ignore[attr-defined]
    return found


def schools_of(user: User) -> list[int]:
    """Ids of the schools in which `user` holds a post or a duty today."""
    held = held_by(user)
    return sorted({pk for pk, _ in (*held.posts, *held.duties) if pk is not None})
