"""The school's own regulations: entered by the party office, linked by the heads to the risks that they answer."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from config.sample.school import School
from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.powers.models import Regulation
from qingqu.powers.regulations import create_regulation
from qingqu.risks.actions import change
from qingqu.risks.models import RiskPoint

REGULATIONS = (
    # name, number, who keeps it, years since it came into force, the powers that it orders
    ("招生与编班工作管理办法（示范）", "云五中〔示范〕4 号", "教务处", 1, ("P01", "P02")),
    ("学生学籍和档案管理办法（示范）", "云五中〔示范〕5 号", "学籍档案室", 2, ("P03",)),
    ("采购管理办法（示范）", "云五中〔示范〕6 号", "总务处（后勤）", 1, ("P06", "P07")),
    ("食堂管理与膳食经费管理办法（示范）", "云五中〔示范〕7 号", "总务处（后勤）", 4, ("P09",)),
    ("财务报销与资金支付管理办法（示范）", "云五中〔示范〕8 号", "财务室", 1, ("P05", "P12", "P13")),
    ("教职工招聘与岗位聘用办法（示范）", "云五中〔示范〕9 号", "人事室", 2, ("P16", "P18")),
    ("教职工廉洁从教规定（示范）", "云五中党〔示范〕10 号", "纪委（纪检监察室）", 1, ()),
)
OF_CONDUCT = ("thought", "other")
"""The last one orders no power: it answers what people have named of themselves in these categories."""
REVIEWED_AFTER = timedelta(days=3 * 365)
"""The canteen's is over its day, so that the list of what must be revised has something to show."""


def enter(school: School, by: User) -> None:
    """The party office enters what the school has regulated."""
    for name, number, unit, years, _powers in REGULATIONS:
        effective_on = date(today().year - years, 9, 1)
        facts = {"name": name, "number": number, "unit": school.units[unit], "effective_on": effective_on}
        facts["review_on"] = effective_on + REVIEWED_AFTER
        create_regulation(school=school.unit, facts=facts, by=by)


def link(school: School) -> None:
    """The heads name the regulation that orders a risk's power; a risk outside them stays a gap of the plane."""
    for name, _number, _unit, _years, powers in REGULATIONS:
        regulation = Regulation.objects.get(school=school.unit, name=name)
        meant = Q(power__code__in=powers, person=None) if powers else Q(category__in=OF_CONDUCT, person__isnull=False)
        risks = RiskPoint.objects.filter(meant, school=school.unit, state="held")
        for risk in risks.select_related("unit__responsible").order_by("id"):
            change(risk, {"regulation": regulation}, by=risk.unit.responsible or risk.owner)
