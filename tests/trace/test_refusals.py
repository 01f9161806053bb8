"""What was refused leaves a sentence for the reader and an entry in the trace."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.urls import include, path
from ninja import NinjaAPI
from ninja.errors import HttpError

from qingqu.common.errors import NotPossible
from qingqu.trace.api_errors import install_handlers
from qingqu.trace.context import request_id
from qingqu.trace.middleware import Refusals
from qingqu.trace.models import Entry, Payload
from qingqu.trace.refusals import record_denied, record_export, record_view

RAISES = {
    "not-possible": NotPossible("“在审”的表不能再提交"),
    "denied": PermissionDenied("只有本人可以提交"),
    "gone": Http404(),
}


def act(request, what, pk):
    raise RAISES[what]


api = NinjaAPI(urls_namespace="refusals-api", openapi_url=None, docs_url=None)
install_handlers(api)
RAISES["unauthorised"] = HttpError(401, "Unauthorized")


@api.post("/{what}/{pk}")
def api_act(request, what: str, pk: int):
    raise RAISES[what]


pages = ([path("<str:what>/<int:pk>", act, name="act")], "declarations")
urlpatterns = [path("pages/", include(pages)), path("api/", api.urls), path("", include("config.urls"))]
handler403 = "qingqu.common.errors.page_403"
handler404 = "qingqu.common.errors.page_404"


@pytest.fixture
def signed_in(client, wang, settings):
    settings.ROOT_URLCONF = __name__
    client.force_login(wang)
    return client


def test_not_possible_sends_the_reader_back_with_the_sentence(signed_in, wang):
    answer = signed_in.post("/pages/not-possible/7", headers={"referer": "http://testserver/somewhere"})
    assert (answer.status_code, answer.url) == (302, "http://testserver/somewhere")
    entry = Entry.objects.get()
    assert (entry.act, entry.ok, entry.actor) == ("declarations.refused", False, f"u:{wang.pk}")
    assert entry.payload.reason == "“在审”的表不能再提交"
    assert entry.req


@pytest.mark.parametrize("referer", ["", "http://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_not_possible_never_sends_the_reader_elsewhere(signed_in, referer):
    answer = signed_in.post("/pages/not-possible/7", headers={"referer": referer})
    assert answer.status_code == 409
    assert "“在审”的表不能再提交" in answer.content.decode()


def test_not_possible_for_htmx_is_a_sentence_in_the_message_area(signed_in):
    answer = signed_in.post("/pages/not-possible/7", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#messages")
    assert "“在审”的表不能再提交" in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(("what", "status"), [("denied", 403), ("gone", 404)])
def test_a_denial_leaves_an_entry(signed_in, what, status):
    assert signed_in.get(f"/pages/{what}/7").status_code == status
    entry = Entry.objects.get()
    assert (entry.act, entry.obj, entry.ok) == ("access.denied", "declarations.act:7", False)


def test_a_denial_says_its_reason_to_htmx(signed_in):
    answer = signed_in.post("/pages/denied/7", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "只有本人可以提交" in answer.content.decode()


@pytest.mark.parametrize(
    ("what", "status", "act"),
    [
        ("not-possible", 409, "refusals-api.refused"),
        ("denied", 403, "access.denied"),
        ("gone", 404, "access.denied"),
        ("unauthorised", 401, "access.denied"),
    ],
)
def test_the_api_answers_with_problem_details(signed_in, what, status, act):
    answer = signed_in.post(f"/api/{what}/7")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert Entry.objects.get().act == act


def test_what_the_api_cannot_read_is_no_refusal(signed_in):
    answer = signed_in.post("/api/denied/seven")
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert not Entry.objects.exists()


def test_a_stranger_who_tries_to_change_something_leaves_an_entry(db):
    request = RequestFactory().post("/declarations/7/submit")
    request.user, request.resolver_match = AnonymousUser(), None
    Refusals(lambda request: HttpResponseRedirect("/accounts/sign-in?next=/declarations/7/submit"))(request)
    assert Entry.objects.get().actor == "anonymous"


def test_a_stranger_who_looks_leaves_none(db):
    request = RequestFactory().get("/declarations/7")
    request.user, request.resolver_match = AnonymousUser(), None
    Refusals(lambda request: HttpResponseRedirect("/accounts/sign-in?next=/declarations/7"))(request)
    assert not Entry.objects.exists()


def test_strangers_cannot_fill_the_log(db):
    kept = [record_denied(AnonymousUser(), "access.denied", "address:", "") for _ in range(150)]
    assert kept.count(None) >= 30
    assert record_denied(None, "access.denied", "address:", "")


def test_the_number_of_a_request_ends_with_it(db):
    request = RequestFactory().get("/")
    request.user, request.resolver_match = AnonymousUser(), None
    seen = Refusals(lambda request: HttpResponse(request_id.get()))(request).content
    assert len(seen) == 16
    assert request_id.get() == ""


def test_views_and_exports_are_recorded(wang):
    record_view(wang, by=wang)
    record_export("risks.ledger", by=wang, rows=120)
    view, export = Entry.objects.order_by("pk")
    assert (view.act, view.obj, view.after_c) == ("accounts.viewed", f"accounts.user:{wang.pk}", "")
    assert (export.act, export.obj) == ("risks.exported", "risks.ledger:")
    assert Payload.objects.get(entry=export).details == {"rows": 120}
