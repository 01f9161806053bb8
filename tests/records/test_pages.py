from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.records import actions
from qingqu.records.models import Filing, Objection
from qingqu.trace.models import Entry

ROW = {"code": "FXD-1", "title": "验收走过场", "manifestation": "只看单据", "level": 2, "category": "岗位工作风险"}
ROWS = [{**ROW, "owner": "李明远", "measures": [{"phase": "前期预防", "text": "双签", "owner": "李明远"}]}]
KINDS = ("list", "notice", "objections", "filing", "receipt", "changes")


@pytest.fixture
def document(cast, settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)
    return frozen(cast)


def frozen(cast, rows=ROWS, **fields):
    said = {"kind": "unit_list", "unit": cast.office, "year": 2026, "title": "总务处廉政风险清单"}
    return actions.freeze(**{**said, **fields}, content={"rows": rows}, by=cast.li)


def test_the_walk_of_a_list_on_its_page(client, cast, document, settings):
    url = reverse("records:show", args=[document.pk])
    actions.publish(document, by=cast.li)
    client.force_login(cast.wu)
    assert "验收走过场" in client.get(url).content.decode()
    assert client.post(reverse("records:object", args=[document.pk]), {"text": ""}).status_code == 422
    client.post(reverse("records:object", args=[document.pk]), {"text": "一直一人验收", "item": "FXD-1 验收走过场"})
    objection = Objection.objects.get()
    answer, settle = (reverse(f"records:{name}", args=[objection.pk]) for name in ("answer", "settle"))
    assert client.post(answer, {"text": "x"}).status_code == 403
    client.force_login(cast.li)
    html = client.get(url).content.decode()
    assert "一直一人验收" in html
    assert "吴晓" not in html  # the head does not learn who objected
    client.post(answer, {"text": "已改双人"})
    assert client.post(settle).status_code == 403
    client.force_login(cast.zhao)
    assert "吴晓" in client.get(url).content.decode()
    client.post(settle, {"changes_needed": "0"})
    settings.QINGQU_TODAY = date(2026, 5, 7)
    client.force_login(cast.li)
    assert "报纪委备案" in client.get(url).content.decode()
    client.post(reverse("records:file", args=[document.pk]))
    filing = Filing.objects.get()
    assert client.post(reverse("records:accept", args=[filing.pk])).status_code == 403
    client.force_login(cast.zhao)
    assert client.post(reverse("records:return", args=[filing.pk])).status_code == 409
    client.post(reverse("records:accept", args=[filing.pk]), {"text": "同意"})
    filing.refresh_from_db()
    assert filing.state == Filing.State.ACCEPTED
    html = client.get(url).content.decode()
    assert filing.receipt_number in html
    assert "摘要相符" in html
    for kind in KINDS:
        for fmt in ("print", "docx", "xlsx"):
            response = client.get(reverse("records:paper", args=[document.pk, kind]), {"fmt": fmt})
            assert response.status_code == 200, (kind, fmt)
    assert client.get(reverse("records:paper", args=[document.pk, "secret"])).status_code == 404
    assert Entry.objects.filter(act="records.exported").exists()


def test_a_tampered_document_says_so(client, cast, document):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_document SET content = %s WHERE id = %s", ['{"rows": []}', document.pk])
    client.force_login(cast.li)
    assert "与定稿时的摘要不一致" in client.get(reverse("records:show", args=[document.pk])).content.decode()


def test_the_change_is_shown_against_the_filed_list(client, cast, document, settings):
    actions.publish(document, by=cast.li)
    settings.QINGQU_TODAY = date(2026, 5, 7)
    actions.accept(actions.file(document, by=cast.li), by=cast.zhao)
    new = {**ROWS[0], "code": "FXD-2", "title": "新增的"}
    later = frozen(cast, [{**ROWS[0], "level": 1, "owner": "吴晓"}, new], previous=document)
    client.force_login(cast.li)
    html = client.get(reverse("records:show", args=[later.pk])).content.decode()
    for words in ("与已备案清单相比", "新增", "<del>二级</del>", "<ins>一级</ins>", "<ins>吴晓</ins>"):
        assert words in html
    paper = client.get(reverse("records:paper", args=[later.pk, "changes"])).content.decode()
    assert "新增的" in paper


@pytest.mark.parametrize("tab", ["published", "to_file", "filed", "all"])
def test_the_list_costs_the_same_for_ten_and_a_hundred(client, cast, document, tab):
    client.force_login(cast.chen)
    counts = []
    for size in (10, 90):
        for _n in range(size):
            actions.publish(frozen(cast), scope="unit", by=cast.li)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse("records:list"), {"tab": tab}).status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_others_do_not_find_it(client, cast, document):
    client.force_login(cast.zhou)
    for name in ("show", "file", "withdraw-notice"):
        assert client.get(reverse(f"records:{name}", args=[document.pk])).status_code == 404
    assert document.title not in client.get(reverse("records:list"), {"tab": "all"}).content.decode()
    client.force_login(cast.feng)  # of another department, before publication
    assert client.get(reverse("records:show", args=[document.pk])).status_code == 404
    client.logout()
    assert client.get(reverse("records:show", args=[document.pk])).status_code == 302
