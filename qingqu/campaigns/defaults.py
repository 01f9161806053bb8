"""What a new year begins with: the tasks of the four stages and the text of the plan. Both are edited on the page.

The tasks are the outputs that the regulation names (S57–S79). Texts are data that the school rewrites; they are Chinese
because the papers are.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DefaultTask:
    """A task of a stage: its words, its day, and the duty of whoever answers for it (empty: every department)."""

    stage: str
    title: str
    month: int
    day: int
    duty: str
    clause: str


TASKS: tuple[DefaultTask, ...] = (
    DefaultTask("mobilise", "印发年度实施方案", 3, 10, "party_office", "S60"),
    DefaultTask("mobilise", "召开动员会并形成会议记录", 3, 15, "party_office", "S58"),
    DefaultTask("mobilise", "各部门、各支部传达学习并登记", 4, 15, "", "S57"),
    DefaultTask("mobilise", "发布学习文件，统计已读未读", 3, 20, "party_office", "S59"),
    DefaultTask("find", "核对人员名册和应报名单", 4, 5, "party_office", "S9"),
    DefaultTask("find", "对照权力事项和流程逐个环节排查", 4, 25, "", "S24"),
    DefaultTask("find", "收齐单位和个人登记表", 4, 30, "party_office", "S63"),
    DefaultTask("find", "标记重点领域、重要岗位、关键环节", 4, 15, "discipline", "S4"),
    DefaultTask("build", "公示部门风险清单并报纪委备案", 6, 15, "", "S35"),
    DefaultTask("build", "核定权力清单，明确边界和流程", 7, 10, "party_office", "S65"),
    DefaultTask("build", "梳理单位和个人岗位职责", 6, 30, "", "S64"),
    DefaultTask("build", "确定预警事项和处置办法", 9, 30, "discipline", "S69"),
    DefaultTask("build", "汇编廉政风险防控机制", 11, 25, "party_office", "S71"),
    DefaultTask("inspect", "听取汇报、查阅资料、实地走访", 12, 10, "discipline", "S72"),
    DefaultTask("inspect", "组织民主评议", 12, 12, "party_office", "S75"),
    DefaultTask("inspect", "督促问题整改", 12, 18, "discipline", "S77"),
    DefaultTask("inspect", "形成年度总结", 12, 20, "party_office", "S79"),
)

PLAN = """为落实《深入推进廉政风险防控工作的实施意见》，做好 {year} 年廉政风险防控工作，制定本方案。
# 一、目标任务
对每个部门、每个岗位、每位教职工的职责定位、权限和工作流程认真排查梳理，做到风险查准、查全、查深，措施有责任人、有频次、有凭证，实现廉政风险防控全覆盖。
# 二、工作步骤
（一）宣传动员阶段（{mobilise}）。传达学习有关会议和文件精神，召开动员会。
（二）查找风险阶段（{find}）。各部门和教职工查找风险点，单位和个人廉政风险登记表于 {due}前报党办。
（三）机制建设阶段（{build}）。评估、公示、备案，列出权力清单，明晰权力边界，优化权力运行流程，汇编防控机制。
（四）检查验收阶段（{inspect}）。听取汇报、查阅资料、实地走访、民主评议，整改问题，做好总结。
# 三、工作要求
各部门第一责任人负总责，班子成员履行一岗双责，一级抓一级。填报在系统内一次完成，不另行报送纸质材料，不以留痕代替实绩。
"""
"""`#` begins a heading; the stages' spans and the due day are filled in when the year is made."""
