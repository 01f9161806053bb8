"""Everything that changes a year's work, by noun."""

from qingqu.campaigns.actions.exemptions import exempt, revoke_exemption
from qingqu.campaigns.actions.feed import make_feed, revoke_feed
from qingqu.campaigns.actions.plan import edit_plan
from qingqu.campaigns.actions.reassess import open_reassessments
from qingqu.campaigns.actions.settings import edit_settings
from qingqu.campaigns.actions.study import mark_opened, publish_document, withdraw_document
from qingqu.campaigns.actions.tasks import add_task, edit_task, finish_task, remove_task, reopen_task
from qingqu.campaigns.actions.training import edit_mobilisation, record_mobilisation
from qingqu.campaigns.actions.year import (
    close_stage,
    create_campaign,
    create_next,
    edit_dates,
    open_campaign,
    reopen_stage,
)

__all__ = [
    "add_task",
    "close_stage",
    "create_campaign",
    "create_next",
    "edit_dates",
    "edit_mobilisation",
    "edit_plan",
    "edit_settings",
    "edit_task",
    "exempt",
    "finish_task",
    "make_feed",
    "mark_opened",
    "open_campaign",
    "open_reassessments",
    "publish_document",
    "record_mobilisation",
    "remove_task",
    "reopen_stage",
    "reopen_task",
    "revoke_exemption",
    "revoke_feed",
    "withdraw_document",
]
