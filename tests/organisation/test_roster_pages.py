"""Chen brings in the roster that personnel sent: upload, columns, check, mend, enter; who else may not."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.common import middleware
from qingqu.common.errors import NotPossible
from qingqu.organisation.actions import roster as actions
from qingqu.organisation.models import Appointment, Duty, RosterImport, RosterMapping, Unit
from qingqu.organisation.tasks import discard_stale_rosters
from qingqu.trace.models import Entry
from tests.common.books import book
from tests.make import make_duty
from tests.people import Cast

OTHER_TITLES = book(
    (
        "Sheet1",
        [
            ["云川市第五中学教职工名册"],
            ["处室", "教师姓名", "工作证", "现任职务", "任现岗时间"],
            ["总务处", "新 一", "101", "采购员", "２０２４．９．１"],
            ["总务处", "新二", "102", "保管员", "去年"],
            ["信息中心", "新三", "103", "网络管理员", "2024.9"],
        ],
    )
)
PLAIN = book(("Sheet1", [["部门", "姓名", "工号", "岗位"], ["总务处", "新一", "101", "采购员"]]))


@pytest.fixture(autouse=True)
def files(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def url(name: str, *args: int) -> str:
    return reverse(f"organisation:{name}", args=args)


def upload(client: Client, data: bytes, name: str = "名册.xlsx"):
    return client.post(url("roster"), {"file": SimpleUploadedFile(name, data)})


def test_chen_brings_in_a_roster_with_other_titles(client: Client, cast: Cast, files: Path) -> None:
    client.force_login(cast.chen)
    answer = upload(client, OTHER_TITLES)
    roster = RosterImport.objects.get()
    assert answer.url == url("roster-columns", roster.pk)
    page = client.get(answer.url).content.decode()
    assert "工作证" in page
    signature = page.split('name="map:')[1].split(":")[0]
    keys = ["unit", "name", "number", "post", "since"]
    answer = client.post(answer.url, {f"map:{signature}:{i}": key for i, key in enumerate(keys)})
    assert answer.url == url("roster-preview", roster.pk)
    page = client.get(answer.url).content.decode()
    assert "“去年”不是日期" in page
    assert "将新设部门：信息中心" in page.replace("\n", "")
    assert not User.objects.filter(name="新一").exists()
    cell = page.split('name="cell:')[1].split('"')[0]
    client.post(url("roster-mend", roster.pk), {f"cell:{cell}": "2024-10-08"})
    page = client.get(answer.url).content.decode()
    assert "导入 3 行" in page
    answer = client.post(url("roster-apply", roster.pk))
    page = client.get(answer.url).content.decode()
    assert "信息中心" in page
    assert Appointment.objects.get(person__name="新二").started_on == date(2024, 10, 8)
    assert User.objects.get(name="新三").number == "103"
    assert list(files.rglob("*.bin")) == [], "the file is deleted once it is entered"
    assert RosterMapping.objects.get().mapping["2"] == "number"
    answer = upload(client, OTHER_TITLES)
    assert "columns" not in answer.url, "the same head is not asked about again"


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the commit happens at once: a test's transaction never commits."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **_options: act())


def test_good_rows_may_go_first_and_bad_ones_home(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    roster = uploaded(cast, OTHER_TITLES)
    actions.map_columns(roster, mapped(roster), by=cast.chen)
    book_of_faults = client.get(url("roster-refused", roster.pk))
    rows = list(openpyxl.load_workbook(io.BytesIO(book_of_faults.content)).active.values)
    assert len(rows) == 2
    assert "“去年”不是日期" in rows[1][0]
    client.post(url("roster-apply", roster.pk))
    assert not User.objects.filter(name="新二").exists()
    assert "1 行需要更正" in client.get(url("roster-result", roster.pk)).content.decode()


def uploaded(cast: Cast, data: bytes = PLAIN) -> RosterImport:
    return actions.upload_roster(cast.school, io.BytesIO(data), "名册.xlsx", len(data), by=cast.chen)


def mapped(roster: RosterImport) -> dict[str, dict[str, str]]:
    keys = ["unit", "name", "number", "post", "since"]
    found = actions.read_again(roster)
    return {signature: {str(i): key for i, key in enumerate(keys)} for signature in found.signatures}


def test_a_template_goes_straight_to_the_check(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    assert upload(client, PLAIN).url == url("roster-preview", RosterImport.objects.get().pk)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"%PDF-1.4", "PDF"), (b"PK\x03\x04", "损坏"), (b"a\nb\n", "表头"), (b"", "")],
)
def test_a_wrong_file_is_refused_beside_the_field(client: Client, cast: Cast, data: bytes, says: str) -> None:
    client.force_login(cast.chen)
    answer = upload(client, data)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not RosterImport.objects.exists()


def test_a_table_of_something_else_and_a_head_without_rows(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    assert "表头下面没有人员" in upload(client, book(("名册", [["部门", "姓名", "岗位"]]))).content.decode()
    stock = upload(client, book(("库存", [["产品", "单价"], ["桌子", 100]])))
    page = client.get(stock["Location"], follow=True).content.decode()
    assert "没有认出姓名等列" in page
    assert "认出一部分" not in page


def test_an_enormous_upload_is_refused_before_it_is_parsed(client: Client, cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(middleware, "MAX_REQUEST", 1024 * 1024)
    client.force_login(cast.chen)
    answer = upload(client, b"x" * 3 * 1024 * 1024)
    assert answer.status_code == 413
    assert "文件过大" in answer.content.decode()


PAGES = ["roster", "roster-template", "roster-export"]
OF_ONE = ["roster-preview", "roster-columns", "roster-refused", "roster-result"]
ACTS = ["roster-mend", "roster-apply", "roster-discard"]


@pytest.mark.parametrize("name", ["wang", "li", "zhao", "sun", "qian"])
def test_others_are_refused(client: Client, cast: Cast, name: str) -> None:
    roster = uploaded(cast)
    client.force_login(cast.everyone[name])
    answers = [client.get(url(page)) for page in PAGES]
    answers += [client.get(url(page, roster.pk)) for page in OF_ONE]
    answers += [client.post(url(page, roster.pk)) for page in ACTS]
    assert {answer.status_code for answer in answers} == {403}
    assert RosterImport.objects.get().state == "uploaded"


def test_another_school_finds_nothing(client: Client, cast: Cast) -> None:
    roster = uploaded(cast)
    client.force_login(cast.zhou)
    answers = [client.get(url(page, roster.pk)) for page in OF_ONE]
    answers += [client.post(url(page, roster.pk)) for page in ACTS]
    assert {answer.status_code for answer in answers} == {404}


def test_nobody_is_sent_to_sign_in(client: Client, cast: Cast) -> None:
    assert client.get(url("roster")).status_code == 302
    assert not RosterImport.objects.exists()


def test_the_system_administrator_imports_people_but_gives_no_duties(client: Client, cast: Cast) -> None:
    admin = cast.wu
    make_duty(cast.school, admin, Duty.Kind.SYSTEM_ADMIN)
    data = book(("Sheet1", [["部门", "姓名", "工号", "岗位", "职责身份"], ["总务处", "新一", "101", "采购员", "纪委"]]))
    roster = actions.upload_roster(cast.school, io.BytesIO(data), "名册.xlsx", len(data), by=admin)
    client.force_login(admin)
    assert (
        "不导入：职责身份由党办或安全保密管理员授予"
        in client.get(url("roster-preview", roster.pk) + "?show=all").content.decode()
    )
    client.post(url("roster-apply", roster.pk))
    assert not Duty.objects.filter(person__name="新一").exists()
    assert User.objects.filter(name="新一").exists()


def test_nobody_raises_himself(cast: Cast) -> None:
    data = book(("Sheet1", [["部门", "姓名", "岗位", "职责身份"], ["党办", "陈思", "党办主任", "党委书记"]]))
    actions.apply_roster(uploaded(cast, data), by=cast.chen)
    assert not Duty.objects.filter(person=cast.chen, kind="secretary").exists()


def test_acts_leave_their_entries(cast: Cast) -> None:
    roster = uploaded(cast)
    actions.mend_roster(roster, {"0:2:name": "新一"}, by=cast.chen)
    actions.apply_roster(roster, by=cast.chen)
    actions.discard_roster(uploaded(cast), by=cast.chen)
    acts = [act for act in Entry.objects.order_by("pk").values_list("act", flat=True) if "roster" in act]
    names = ["uploaded", "mended", "applied", "uploaded", "discarded"]
    assert acts == [f"organisation.roster_{name}" for name in names]


def test_what_is_entered_is_not_entered_again(cast: Cast) -> None:
    roster = uploaded(cast)
    actions.apply_roster(roster, by=cast.chen)
    for act in (actions.apply_roster, actions.discard_roster):
        with pytest.raises(NotPossible, match="已经办结"):
            act(roster, by=cast.chen)


def test_a_lost_file_is_said(client: Client, cast: Cast) -> None:
    roster = RosterImport.objects.create(school=cast.school, by=cast.chen, filename="甲.xlsx")
    client.force_login(cast.chen)
    answer = client.get(url("roster-preview", roster.pk))
    assert answer.status_code == 409
    assert "请重新上传" in answer.content.decode()


def test_nothing_good_is_not_entered(cast: Cast) -> None:
    data = book(("Sheet1", [["部门", "姓名", "岗位"], ["总务处", None, "采购员"]]))
    with pytest.raises(NotPossible, match="没有可以导入的行"):
        actions.apply_roster(uploaded(cast, data), by=cast.chen)


@pytest.mark.parametrize(
    ("mapping", "says"), [({"0": "unit"}, "哪一列是姓名"), ({"0": "name", "1": "name"}, "选了同一项")]
)
def test_a_mapping_must_make_sense(cast: Cast, mapping: dict[str, str], says: str) -> None:
    with pytest.raises(NotPossible, match=says):
        actions.map_columns(uploaded(cast), {"x": mapping}, by=cast.chen)


def test_a_roster_that_nobody_enters_is_deleted_after_a_week(cast: Cast, files: Path) -> None:
    roster = uploaded(cast)
    today = timezone.now().date()
    assert discard_stale_rosters(today + timedelta(days=6)) == 0
    assert discard_stale_rosters(today + timedelta(days=7)) == 1
    roster.refresh_from_db()
    assert (roster.state, roster.file.name) == ("discarded", "")
    assert list(files.rglob("*.bin")) == []


def test_the_export_is_noted(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    answer = client.get(url("roster-export"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert Entry.objects.filter(act="organisation.roster_exported").count() == 1


def test_the_check_needs_as_many_statements_for_many_rows(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)

    def statements(count: int) -> int:
        rows = [["总务处", f"新{chr(0x4E00 + n)}", f"9{n}", "采购员"] for n in range(count)]
        roster = uploaded(cast, book(("Sheet1", [["部门", "姓名", "工号", "岗位"], *rows])))
        client.get(url("roster-preview", roster.pk))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("roster-preview", roster.pk) + "?show=all").status_code == 200
        return len(captured)

    assert statements(10) == statements(100)


def test_the_list_of_imports_needs_as_many_statements_for_many(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("roster")).status_code == 200
        return len(captured)

    statements()
    RosterImport.objects.create(school=cast.school, by=cast.chen, filename="甲.xlsx")
    few = statements()
    RosterImport.objects.bulk_create(
        [RosterImport(school=cast.school, by=cast.chen, filename=f"{n}.xlsx") for n in range(100)]
    )
    assert statements() == few


def test_units_of_the_tree_are_found_by_their_short_name(cast: Cast) -> None:
    data = book(("Sheet1", [["部门", "姓名", "工号", "岗位"], ["党办", "新一", "101", "干事"]]))
    actions.apply_roster(uploaded(cast, data), by=cast.chen)
    assert Unit.objects.filter(name="党办").count() == 0
    assert Appointment.objects.get(person__name="新一").post.unit.name == "党委办公室"
