"""Files brought in over the pages, as a browser does it."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qingqu.common.tabular import open_workbook
from qingqu.datasets.models import Batch, Dataset

CSV = "采购单号,申请日期,总价（元）,供应商,申请人\n" + "\n".join(
    [
        "A1,2026.3.2,100.00,通达五金,王雨桐",
        "A2,2026.3.3,约两百,通达五金,王雨桐",
        "A3,2026.3.4,300,东湖文印,",
        "合计,,400,,",
        "A3,2026.3.4,300,东湖文印,",
        "制表人：张三,,,,",
    ]
)


def upload(client: Client, dataset: Dataset, data: bytes, name: str = "采购.csv") -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(f"/datasets/{dataset.pk}/upload", {"file": file})


def mapped(client: Client, batch: Batch) -> Any:
    fields = {f"map:{column}": position for column, position in batch.mapping.items()}
    return client.post(f"/datasets/batches/{batch.pk}/columns", {"sheet": batch.sheet, **fields})


def rows_of(content: bytes) -> list[list[Any]]:
    return [list(row) for row in open_workbook(content, "表.xlsx")[0].rows]
