"""Everything that changes units, posts and who holds them, by noun."""

from qingqu.organisation.actions.holidays import enter_holidays
from qingqu.organisation.actions.people import (
    add_person,
    appoint,
    change_person,
    change_post,
    end_appointment,
    end_duty,
    give_duty,
    note_codes_export,
    set_branch,
)
from qingqu.organisation.actions.posts import create_post, edit_post, mark_key_post, restore_post, retire_post
from qingqu.organisation.actions.units import (
    Charge,
    create_unit,
    divide,
    edit_unit,
    put_in_charge,
    restore_unit,
    retire_unit,
    set_leader,
    set_responsible,
    set_unit_duties,
)

__all__ = [
    "Charge",
    "add_person",
    "appoint",
    "change_person",
    "change_post",
    "create_post",
    "create_unit",
    "divide",
    "edit_post",
    "edit_unit",
    "end_appointment",
    "end_duty",
    "enter_holidays",
    "give_duty",
    "mark_key_post",
    "note_codes_export",
    "put_in_charge",
    "restore_post",
    "restore_unit",
    "retire_post",
    "retire_unit",
    "set_branch",
    "set_leader",
    "set_responsible",
    "set_unit_duties",
]
