"""The papers of warnings for whoever asks by page or API: what he may see, in Chinese, and its line in the trace."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from qingqu.accounts.models import User
from qingqu.alerts import access, documents, queries, wording
from qingqu.alerts.models import Alert, Colour
from qingqu.alerts.yearly import year_of
from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.common.papers.content import Paper
from qingqu.datasets.models import Dataset
from qingqu.datasets.queries import name_of
from qingqu.organisation.models import Unit
from qingqu.trace.refusals import record_export, record_view


def register(user: User, school: Unit, asked: queries.Asked, *, what: str = "exported") -> Paper:
    """The register of the warnings that were asked for, of those that `user` sees; `what` may be "printed"."""
    with override("zh-hans"):
        alerts = queries.with_disposals(queries.found(access.visible(user), asked))[: documents.MOST]
        made, count = documents.register(alerts, school, _asked(asked, school))
        record_export("alerts.register", by=user, rows=count, what=what)
    return made


def _asked(asked: queries.Asked, school: Unit) -> str:
    """Which warnings stand there, in words: «尚未办结，红色，总务处»."""
    states = {"open": _("尚未办结"), "all": _("全部提示"), **dict(Alert.State.choices)}
    unit = Unit.objects.filter(pk=asked.unit, school=school).first() if asked.unit else None
    table = Dataset.objects.filter(school=school, code=asked.dataset).first() if asked.dataset else None
    parts = [
        states[asked.state],
        Colour(asked.colour).label if asked.colour else "",
        unit.name if unit else "",
        asked.code,
        name_of(table) if table else asked.dataset,
        (_("防控工作") if asked.area == queries.INTERNAL else wording.area(asked.area)) if asked.area else "",
        _("%(n)s 天以上") % {"n": asked.older} if asked.older else "",
        _("逾期") if asked.late else "",
    ]
    return listed(str(part) for part in parts if part)


def sheet(user: User, alert: Alert, *, what: str = "exported") -> Paper:
    """The sheet of a warning; with its records, persons masked, if `user` sees them, which leaves a line of its own."""
    sees = access.can_see_rows(user, alert)
    if sees and alert.rule:
        record_view(alert, by=user)
    with override("zh-hans"):
        made = documents.sheet(alert, sees_rows=bool(sees))
        record_export("alerts.sheet", by=user, rows=1, what=what, title=alert.number)
    return made


def year(user: User, school: Unit, year: int, *, what: str = "exported") -> Paper:
    """A year's figures, of the whole school or of the field of `user`."""
    with override("zh-hans"):
        found = year_of(access.in_year(user), year, today())
        made = documents.year(found, school, "全校" if access.counts_school(user) else "分管部门")
        record_export("alerts.year", by=user, rows=found.total.counts["raised"], what=what)
    return made
