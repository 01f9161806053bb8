"""Reviews for programmes."""

from datetime import date

import pytest

from qingqu.declarations import review_actions as ra
from qingqu.reviews.models import Review
from tests.make import make_campaign, make_declaration, make_item


@pytest.fixture(autouse=True)
def _in_april(settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)


@pytest.fixture
def row(cast):
    declaration = make_declaration(make_campaign(cast.school), cast.wang, cast.office, state="in_review", sent_round=1)
    make_item(declaration)
    ra.open_route(declaration, by=cast.wang)
    return Review.objects.get(state="waiting")


def post(client, user, row, **body):
    client.force_login(user)
    return client.post(f"/api/v1/reviews/{row.pk}/decision", body, content_type="application/json")


def test_what_waits(client, cast, row):
    client.force_login(cast.li)
    (only,) = client.get("/api/v1/reviews").json()["items"]
    assert (only["id"], only["title"], only["kind"]) == (row.pk, "王雨桐的个人登记表", "personal")
    client.force_login(cast.wu)
    assert client.get("/api/v1/reviews").json()["items"] == []


def test_deciding(client, cast, row):
    assert post(client, cast.li, row, approve=True).json() == {"finished": False, "returned": False}
    assert Review.objects.get(state="waiting").reviewer == cast.he


def test_refusals(client, cast, row):
    assert post(client, cast.li, row, approve=False).status_code == 409
    assert post(client, cast.wang, row, approve=True).status_code == 403
    assert post(client, cast.zhou, row, approve=True).status_code == 404
    assert client.get("/api/v1/reviews").status_code == 200
    client.logout()
    assert client.get("/api/v1/reviews").status_code == 401
    row.refresh_from_db()
    assert row.state == "waiting"
