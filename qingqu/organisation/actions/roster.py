"""An import of the roster from upload to result (S8). The file is kept until it is applied or given up, no longer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.tabular import check_size
from qingqu.organisation.models import Duty, RosterImport, RosterMapping, Unit
from qingqu.organisation.queries import standing
from qingqu.organisation.roster import apply, reading
from qingqu.organisation.roster.plan import Plan, make_plan
from qingqu.organisation.roster.snapshot import take_snapshot
from qingqu.trace.actions import record

UPLOADED = RosterImport.State.UPLOADED


def upload_roster(school: Unit, file: BinaryIO, filename: str, size: int | None, *, by: User) -> RosterImport:
    """Keep an uploaded roster until it is checked. Nothing of it is entered yet.

    Raises UnreadableFile where it is no table, has a password or is too large, with what to do.
    """
    check_size(size)
    data = file.read()
    reading.read_new(data, filename, known_mappings(school))
    roster = RosterImport(school=school, by=by, filename=filename[-200:])
    roster.file.save(f"{uuid.uuid4().hex}.bin", ContentFile(data), save=False)
    with transaction.atomic():
        roster.save()
        record("organisation.roster_uploaded", roster, by=by)
    return roster


def known_mappings(school: Unit) -> dict[str, dict[str, str]]:
    """Which column is what in the heads that this school has used before."""
    return dict(RosterMapping.objects.filter(school=school).values_list("signature", "mapping"))


@transaction.atomic
def map_columns(roster: RosterImport, mappings: Mapping[str, Mapping[str, str]], *, by: User) -> RosterImport:
    """Say which column is what, for this import and for later ones with the same head ({signature: {index: key}}).

    Raises NotPossible where no column has the names.
    """
    roster = _waiting(roster)
    for signature, mapping in mappings.items():
        keys = list(mapping.values())
        if "name" not in keys:
            raise NotPossible(_("请指明哪一列是姓名"))
        if len(keys) != len(set(keys)):
            raise NotPossible(_("有两列选了同一项，请只选一列"))
        RosterMapping.objects.update_or_create(
            school=roster.school, signature=signature, defaults={"mapping": dict(mapping)}
        )
    roster.mapping = {signature: dict(mapping) for signature, mapping in mappings.items()}
    roster.mends = {}
    roster.save(update_fields=["mapping", "mends"])
    record("organisation.roster_mapped", roster, by=by)
    return roster


@transaction.atomic
def mend_roster(roster: RosterImport, cells: Mapping[str, str], *, by: User) -> RosterImport:
    """Correct cells on the page ({"sheet:row:key": text}); the file itself stays as it was sent."""
    roster = _waiting(roster)
    roster.mends = {**roster.mends, **cells}
    roster.save(update_fields=["mends"])
    record("organisation.roster_mended", roster, by=by, details={"cells": len(cells)})
    return roster


@transaction.atomic
def discard_roster(roster: RosterImport, *, by: User | None) -> RosterImport:
    """Give an import up and delete its file."""
    roster = _waiting(roster)
    _forget_file(roster)
    roster.state, roster.mends = RosterImport.State.DISCARDED, {}
    roster.save(update_fields=["state", "file", "mends"])
    record("organisation.roster_discarded", roster, by=by)
    return roster


@transaction.atomic
def apply_roster(roster: RosterImport, *, by: User | None) -> RosterImport:
    """Enter the good rows: new units, posts and people, changed posts, and nothing twice. Then delete the file.

    Raises NotPossible where no row is good or it was applied before.
    """
    roster = _waiting(roster)
    plan = plan_of(roster, by=by)
    if not plan.good:
        raise NotPossible(_("没有可以导入的行，请先更正"))
    done = apply.carry_out(plan, roster.school, by=by)
    _forget_file(roster)
    roster.state, roster.applied_at, roster.mends = RosterImport.State.APPLIED, timezone.now(), {}
    roster.result = done
    roster.save(update_fields=["state", "applied_at", "result", "file", "mends"])
    record("organisation.roster_applied", roster, by=by, details={k: v for k, v in done.items() if isinstance(v, int)})
    return roster


@transaction.atomic
def note_roster_export(school: Unit, *, by: User) -> None:
    """Leave the trace of an export: a roster has everybody's phone number."""
    record("organisation.roster_exported", school, by=by)


def read_again(roster: RosterImport) -> reading.Reading:
    """The kept file with its mapping and what was mended on the page. Raises NotPossible where it is gone."""
    try:
        with roster.file.open("rb") as file:
            data = file.read()
    except (OSError, ValueError) as gone:
        raise NotPossible(_("上传的文件已不在，请重新上传")) from gone
    mappings = {**known_mappings(roster.school), **roster.mapping}
    return reading.read(data, roster.filename, mappings, roster.mends)


def plan_of(roster: RosterImport, *, by: User | None, found: reading.Reading | None = None) -> Plan:
    """What applying it would change now; `found` is the file where it has been read already."""
    rows = (found or read_again(roster)).rows
    return make_plan(take_snapshot(roster.school), rows, may_give_duties=may_give_duties(by), by=by)


def may_give_duties(by: User | None) -> bool:
    """Duties come with a roster only from those who may give them; the command line may (S5.2)."""
    return by is None or standing(by).has(Duty.Kind.PARTY_OFFICE, Duty.Kind.SECURITY_ADMIN)


def _waiting(roster: RosterImport) -> RosterImport:
    roster = RosterImport.objects.select_for_update(of=("self",)).select_related("school").get(pk=roster.pk)
    if roster.state != UPLOADED:
        raise NotPossible(_("这次导入已经办结，请重新上传文件"))
    return roster


def _forget_file(roster: RosterImport) -> None:
    """The file goes when the act is certain: what is rolled back keeps it."""
    name, storage = roster.file.name, roster.file.storage
    roster.file = ""
    if name:
        transaction.on_commit(lambda: storage.delete(name))
