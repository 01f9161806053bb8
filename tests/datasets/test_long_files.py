"""Long files: let in before they are read whole, interrupted, continued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client

from qingqu.common import middleware
from qingqu.datasets import actions, importing, sifting, tasks
from qingqu.datasets.models import Batch, Dataset, Record, RecordVersion
from qingqu.datasets.views import imports
from tests.datasets.uploading import CSV, mapped, rows_of, upload
from tests.people import Cast, client_of


def test_a_large_file_goes_in_behind_the_page(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "FEW", 1)
    wang = client_of(cast.wang)
    upload(wang, purchases, CSV.encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert batch.state == "running"
    assert "可以离开本页" in wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.added) == ("applied", 2)
    assert tasks.load_waiting() == 0


def running(cast: Cast, purchases: Dataset, monkeypatch: Any) -> Batch:
    monkeypatch.setattr(sifting, "LOOKED_AT", 2)
    monkeypatch.setattr(importing, "PART", 2)
    lines = [f"L{n},2026.3.2,{'x' if n == 6 else n},通达五金,王雨桐" for n in range(9)]
    wang = client_of(cast.wang)
    upload(wang, purchases, "\n".join([CSV.splitlines()[0], *lines]).encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    assert "先核对了前 2 行" in wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert batch.state == "running"
    return batch


def test_a_long_file_is_interrupted_and_goes_on(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    batch = running(cast, purchases, monkeypatch)
    asked = iter([False, False, True])
    assert tasks.load_waiting(lambda: next(asked, True)) == 0
    batch.refresh_from_db()
    assert (batch.state, batch.done, Record.objects.count()) == ("running", 4, 4)
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.added, batch.replaced, batch.faulty, batch.judged) == ("applied", 8, 0, 1, True)
    assert rows_of(batch.rejects.read())[1][0] == "L6"
    assert not RecordVersion.objects.exists()


def test_an_import_whose_file_is_gone_ends_and_can_be_withdrawn(
    cast: Cast, purchases: Dataset, monkeypatch: Any
) -> None:
    batch = running(cast, purchases, monkeypatch)
    asked = iter([False, True])
    tasks.load_waiting(lambda: next(asked, True))
    Path(batch.file.path).unlink()
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert "请重新上传" in batch.reason
    client_of(cast.wang).post(f"/datasets/batches/{batch.pk}/withdraw", {"reason": "重来"})
    assert not Record.objects.filter(withdrawn=False).exists()


def test_a_long_text_may_be_uploaded_by_who_has_signed_in(purchases: Dataset, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(middleware, "MAX_REQUEST", 1024)
    long = ("采购单号,金额\n" + "".join(f"L{n},{n}\n" for n in range(1000))).encode()
    answer = upload(client_of(cast.wang), purchases, long)
    assert answer.status_code == 302, "a million purchases are some 200 MB"
    assert importing.MOST_BYTES > 200_000_000
    assert upload(Client(), purchases, long).status_code == 413
    monkeypatch.setattr(imports.upload, "most_bytes", 2048)
    answer = upload(client_of(cast.wang), purchases, long)
    assert answer.status_code == 413
    assert "文件过大" in answer.content.decode()
