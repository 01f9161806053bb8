"""What a roster may say about a person, and how schools title it."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.common.tabular import Column
from qingqu.common.tabular.clean import Choice
from qingqu.organisation.models import Duty, Tier

TIERS = [
    Choice(Tier.LEADER, Tier.LEADER.label, ["校领导", "校级领导", "校级", "班子成员", "领导"]),
    Choice(Tier.MIDDLE, Tier.MIDDLE.label, ["中层", "中层干部", "环节干部", "中层正职", "中层副职"]),
    Choice(Tier.STAFF, Tier.STAFF.label, ["教职工", "教师", "专任教师", "职工", "一般岗位", "员工"]),
]
DUTIES = [
    Choice(Duty.Kind.SECRETARY, Duty.Kind.SECRETARY.label, ["书记", "党总支书记"]),
    Choice(Duty.Kind.PRINCIPAL, Duty.Kind.PRINCIPAL.label, []),
    Choice(Duty.Kind.TEAM, Duty.Kind.TEAM.label, ["班子", "领导班子成员", "副校长"]),
    Choice(Duty.Kind.DISCIPLINE, Duty.Kind.DISCIPLINE.label, ["纪委书记", "纪检委员", "纪检"]),
    Choice(Duty.Kind.PARTY_OFFICE, Duty.Kind.PARTY_OFFICE.label, ["党委办公室", "党办主任"]),
    Choice(Duty.Kind.SYSTEM_ADMIN, Duty.Kind.SYSTEM_ADMIN.label, ["管理员"]),
    Choice(Duty.Kind.SECURITY_ADMIN, Duty.Kind.SECURITY_ADMIN.label, ["安全管理员"]),
    Choice(Duty.Kind.AUDITOR, Duty.Kind.AUDITOR.label, ["审计员"]),
]
OTHER_KINDS = {"管理", "管理岗", "管理岗位", "专技", "专业技术", "专业技术岗", "专业技术岗位", "专技岗"}
OTHER_KINDS |= {"工勤", "工勤岗", "工勤技能", "工勤技能岗位", "双肩挑"}
"""What personnel offices mean by 岗位类别; not the three kinds of the regulation."""

COLUMNS: list[Column] = [
    Column(
        "unit",
        _("部门"),
        required=True,
        synonyms=[
            "科室",
            "处室",
            "所在部门",
            "所在处室",
            "所在科室",
            "所属部门",
            "工作部门",
            "部门名称",
            "单位",
            "所在单位",
        ],
        kind="label",
        carry=True,
        max_length=80,
        help=_("没有的部门将新设；各部门分开做工作表的，工作表的名称就是部门"),
        example="总务处",
        width=16,
    ),
    Column(
        "name",
        _("姓名"),
        required=True,
        synonyms=["教师姓名", "教职工姓名", "教工姓名", "人员姓名", "名字"],
        kind="name",
        max_length=40,
        example="张三",
        width=12,
    ),
    Column(
        "number",
        _("工号"),
        synonyms=["职工号", "教工号", "教职工号", "职工编号", "教师编号", "人员编号", "员工编号", "编号"],
        kind="code",
        max_length=30,
        help=_("用来认人，也是首次登录的登录名；同名人员必须填写"),
        example="2019036",
        width=12,
    ),
    Column(
        "post",
        _("岗位"),
        synonyms=["职务", "现任职务", "岗位名称", "现任岗位", "所任职务", "行政职务", "担任工作", "工作岗位"],
        kind="label",
        max_length=120,
        help=_("一人几个岗位的，用顿号隔开，或者分行填写；第一个是主要岗位"),
        example="采购员、班主任",
        width=22,
    ),
    Column(
        "tier",
        _("岗位类别"),
        synonyms=["岗位类型", "岗位层级", "人员类别"],
        kind="choice",
        choices=TIERS,
        help=_("不填的，按岗位名称判断"),
        example="教职工岗位",
        width=14,
    ),
    Column(
        "since",
        _("任职日期"),
        synonyms=[
            "任现岗时间",
            "任现职时间",
            "任现岗日期",
            "任职时间",
            "现任职务时间",
            "到岗日期",
            "到岗时间",
            "聘任时间",
        ],
        kind="date",
        help=_("年月日，2024.9.1、2024年9月 也可以；不填的，按导入当天"),
        example="2024-09-01",
        width=13,
    ),
    Column(
        "phone",
        _("手机"),
        synonyms=["联系电话", "手机号码", "手机号", "电话", "移动电话", "联系方式"],
        kind="phone",
        max_length=20,
        help=_("可以不填"),
        example="13800000000",
        width=14,
    ),
    Column(
        "branch",
        _("党支部"),
        synonyms=["所在支部", "所在党支部", "支部", "所属支部", "所属党支部", "党组织"],
        kind="label",
        max_length=80,
        help=_("党员填写；没有的党支部将新设"),
        example="第一党支部",
        width=14,
    ),
    Column(
        "duties",
        _("职责身份"),
        synonyms=["系统身份", "系统角色", "角色"],
        help=_("决定能办理什么，多数人不填；几个身份用顿号隔开"),
        example="",
        width=14,
    ),
    Column(
        "head",
        _("第一责任人"),
        synonyms=["部门负责人", "是否负责人", "是否部门负责人", "是否第一责任人"],
        help=_("部门的第一责任人填“是”，一个部门一名"),
        example="",
        width=12,
    ),
    Column(
        "leader",
        _("分管领导"),
        synonyms=["分管校领导", "分管副校长", "主管领导", "分管校长"],
        kind="name",
        max_length=40,
        help=_("本部门分管校领导的姓名，须在名册中"),
        example="",
        width=12,
    ),
    Column(
        "joined",
        _("到校日期"),
        synonyms=["入职时间", "入职日期", "来校时间", "到校时间", "进校时间", "参加工作时间", "入校时间"],
        kind="date",
        help=_("可以不填"),
        example="2019-08-20",
        width=13,
    ),
]
BY_KEY = {column.key: column for column in COLUMNS}
GUIDE: list[str | Promise] = [
    _("一人一行；一人几个岗位的，用顿号隔开，或者分行填写并填上工号。带 * 的必填。"),
    _("第 2 行是示例，导入时自动跳过，可以删去。列的次序可以改变，不用的列可以删去。"),
    _("再次导入时，按工号（没有工号的按姓名和部门）认人：有变化的更新，没有变化的不动，不会重复。"),
    _("名册中没有的人不会自动离任，请在人员页面办理。"),
    _("不需要身份证号、家庭住址等内容，请不要填写。"),
]
DEFAULT_POST = "教职工"

_LEADER = re.compile(r"(?<!团委)(?<!支部)(书记|校长)$|副校长|校级|党委委员")
_MIDDLE = re.compile(r"主任|处长|科长|部长|组长|负责人|主管|干事|团委书记|支部书记|主席")
_STAFF = re.compile(r"班主任|备课组长|助理|协理")


def tier_of(post: str) -> str:
    """The kind of post that a name suggests: 副校长 leader, 总务主任 middle, 班主任 staff."""
    if _STAFF.search(post):
        return Tier.STAFF
    if _LEADER.search(post):
        return Tier.LEADER
    return Tier.MIDDLE if _MIDDLE.search(post) else Tier.STAFF


def heads_a_unit(post: str) -> bool:
    """Whether a name suggests that its holder answers for the department: 总务主任, not 副主任 or 班主任."""
    return bool(re.search(r"(主任|处长|科长|部长)$", post)) and not re.search(r"副|班主任|助理|年级", post)
