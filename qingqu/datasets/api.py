"""The tables over the API: list them, push rows, withdraw batches, read rows back."""

# No «from __future__ import annotations» here: the views' annotations must be types already.

from datetime import datetime
from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.datasets import access, actions, pushing, queries
from qingqu.datasets.columns import columns_of
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.notes import said_faults, said_notes
from qingqu.trace.refusals import record_export

router = Router(tags=["datasets"])


class ColumnOut(Schema):
    """A column; pushed rows name it by id or by any of its headings."""

    id: str
    name: str
    type: str
    required: bool
    key: bool
    note: str
    """What it means: what has to stand in it."""
    sensitive: bool
    """Read by the keeping department and the discipline commission only; of a hashed column by nobody."""


class DatasetOut(Schema):
    """A table that the school keeps."""

    code: str
    name: str
    kind: Dataset.Kind
    keeper_id: int | None
    is_active: bool
    """False for a retired table: it can be read, nothing comes in."""
    may_push: bool
    may_read: bool
    columns: list[ColumnOut]


class Fault(Schema):
    """A cell that cannot be read; `row` counts from 1."""

    row: int
    column: str
    message: str


class BatchOut(Schema):
    """A batch and what became of its rows."""

    id: int
    dataset: str
    source: Batch.Source
    state: Batch.State
    name: str
    added: int
    replaced: int
    unchanged: int
    faulty: int
    faults: list[Fault]
    notes: list[str]
    sha256: str
    created_at: datetime

    @staticmethod
    def resolve_dataset(batch: Batch) -> str:
        return batch.dataset.code

    @staticmethod
    def resolve_faults(batch: Batch) -> list[dict[str, Any]]:
        return said_faults(batch.dataset, batch.faults)

    @staticmethod
    def resolve_notes(batch: Batch) -> list[str]:
        return said_notes(batch.dataset, batch.notes)


class Refused(Schema):
    """Nothing was written, because these rows cannot be read."""

    detail: str
    faulty: int
    faults: list[Fault]


Cell = str | int | float | bool | None


class Push(Schema):
    """Rows to write, each as column → cell: a column left out keeps what the table says, null or "" empties it.

    `partial`: write the good rows even where others are faulty.
    """

    rows: Annotated[list[dict[str, Cell]], Field(min_length=1, max_length=pushing.AT_MOST)]
    name: Annotated[str, Field(max_length=200)] = ""
    partial: bool = False


class Row(Schema):
    """A row as it stands: amounts in yuan, days as 2026-04-30; persons are left out."""

    id: int
    version: int
    received_at: datetime
    values: dict[str, str | None]


class Rows(Schema):
    """A page of rows, oldest first; pass `next` as `after` for more, null at the end."""

    items: list[Row]
    next: int | None


class Wanted(Schema):
    """Which page of rows."""

    after: int = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class Reason(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("/datasets", response=list[DatasetOut], summary="The tables of one's school")
def list_datasets(request: SignedIn) -> list[dict[str, Any]]:
    """The tables that the caller may see, with their columns."""
    return [_described(request, dataset) for dataset in access.readable(request.user)]


@router.get("/datasets/{code}", response=DatasetOut, summary="A table")
def get_dataset(request: SignedIn, code: str) -> dict[str, Any]:
    """A table by its code, with its columns."""
    return _described(request, _table(request, code))


@router.post("/datasets/{code}/rows", response={201: BatchOut, 422: Refused}, summary="Push rows")
def push_rows(request: SignedIn, code: str, said: Push) -> Status[Any]:
    """Write rows as one batch: new ones are added, those with a known key replace what is there (S54).

    Columns that a row does not name keep what is there; `notes` says which these were.
    """
    dataset = _table(request, code)
    require(access.can_enter(request.user, dataset))
    try:
        batch, _found = pushing.push(dataset, said.rows, name=said.name, partial=said.partial, by=request.user)
    except pushing.Faulty as refusal:
        return Status(422, _refused(dataset, refusal.reason, refusal.found))
    return Status(201, batch)


@router.get("/datasets/{code}/rows", response=Rows, summary="Read rows")
def list_rows(request: SignedIn, code: str, wanted: Query[Wanted]) -> dict[str, Any]:
    """The rows of a table, page by page. Leaves a trace."""
    dataset = _table(request, code)
    require(access.can_read(request.user, dataset))
    found = list(queries.records(dataset).filter(pk__gt=wanted.after).order_by("pk")[: wanted.limit + 1])
    items, more = found[: wanted.limit], len(found) > wanted.limit
    record_export(f"datasets.{dataset.code.lower()}", by=request.user, rows=len(items), title=dataset.name)
    columns = queries.legible(request.user, dataset)
    return {"items": [_row(record, columns) for record in items], "next": items[-1].pk if more else None}


@router.get("/batches/{pk}", response=BatchOut, summary="A batch")
def get_batch(request: SignedIn, pk: int) -> Batch:
    """A batch and what became of it."""
    batch = _batch(request, pk)
    require(access.can_read(request.user, batch.dataset))
    return batch


@router.post("/batches/{pk}/withdraw", response=BatchOut, summary="Take a batch back")
def withdraw_batch(request: SignedIn, pk: int, said: Reason) -> Batch:
    """Withdraw a batch: added rows go, replaced ones get their former values back; a large one in the background."""
    batch = _batch(request, pk)
    require(access.can_withdraw(request.user, batch.dataset))
    return actions.withdraw_batch(batch, reason=said.reason, by=request.user)


def _table(request: SignedIn, code: str) -> Dataset:
    return get_object_or_404(access.readable(request.user), code=code)


def _batch(request: SignedIn, pk: int) -> Batch:
    tables = access.readable(request.user)
    return get_object_or_404(Batch.objects.filter(dataset__in=tables).select_related("dataset"), pk=pk)


def _described(request: SignedIn, dataset: Dataset) -> dict[str, Any]:
    columns = [
        {
            "id": c.id,
            "name": c.name,
            "type": c.type,
            "required": c.required,
            "key": c.is_key,
            "note": c.note,
            "sensitive": c.sensitive,
        }
        for c in columns_of(dataset)
    ]
    return {
        "code": dataset.code,
        "name": dataset.name,
        "kind": dataset.kind,
        "keeper_id": dataset.keeper_id,
        "is_active": dataset.is_active,
        "may_push": bool(access.can_enter(request.user, dataset)),
        "may_read": bool(access.can_read(request.user, dataset)),
        "columns": columns,
    }


def _row(record: Record, columns: list[Any]) -> dict[str, Any]:
    values = {c.id: queries.typed(record.values.get(c.id), c.type) or None for c in columns}
    return {"id": record.pk, "version": record.version, "received_at": record.received_at, "values": values}


def _refused(dataset: Dataset, reason: str, found: Survey) -> dict[str, Any]:
    return {"detail": reason, "faulty": found.faulty, "faults": said_faults(dataset, found.faults)}
