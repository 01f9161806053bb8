"""Activation codes: who needs one, slips that are shown once, and who may hand them out."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.commands import qingqu
from qingqu.accounts.actions import activate
from qingqu.accounts.models import ActivationCode, User
from qingqu.accounts.queries import newest_code
from qingqu.common.errors import NotPossible
from qingqu.organisation import codes
from qingqu.organisation.models import Duty
from qingqu.trace.models import Entry
from tests.make import make_appointment, make_duty, make_post, make_user
from tests.people import Cast


@pytest.fixture
def newcomers(cast: Cast) -> list[User]:
    User.objects.update(password="has-one")
    made = []
    for number, name in enumerate(("郑新", "冯来")):
        person = make_user(f"new{number}", name)
        person.set_unusable_password()
        person.save()
        make_appointment(person, make_post(cast.teaching, f"教师{number}"))
        made.append(person)
    return made


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person.pk), backend="django.contrib.auth.backends.ModelBackend")
    return client


def codes_on(page: str) -> list[str]:
    return re.findall(r'slip-code">([A-Z0-9-]{14})<', page)


def sent(*people: User) -> dict[str, object]:
    """What the page sends when it was opened just now."""
    return {"person": [person.pk for person in people], "since": newest_code()}


def test_slips_are_made_once_and_open_the_door(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    page = chen.get("/organisation/codes").content.decode()
    assert "郑新" in page
    assert "王雨桐" not in page
    answer = chen.post("/organisation/codes/issue", sent(*newcomers))
    assert "no-store" in answer["Cache-Control"]
    made = codes_on(answer.content.decode())
    assert len(made) == 2
    assert Entry.objects.filter(act="accounts.code_issued").count() == 2
    assert not any(code in str(entry.__dict__) for entry in Entry.objects.all() for code in made)
    assert activate("new0", made[0], "Zheng-xin-2026").check_password("Zheng-xin-2026")
    left = chen.get("/organisation/codes").content.decode()
    assert "郑新" not in left
    assert "前有效" in left
    assert f'value="{newcomers[1].pk}" id' in left
    assert "checked" not in left.split("冯来")[0].rsplit("<tr>", 1)[1]


def test_a_new_code_voids_the_old(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    first = codes_on(chen.post("/organisation/codes/issue", {"person": newcomers[0].pk}).content.decode())[0]
    chen.post("/organisation/codes/issue", sent(newcomers[0]))
    with pytest.raises(NotPossible):
        activate("new0", first, "Zheng-xin-2026")


def test_the_table_shows_the_same_codes_and_issues_none(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    page = chen.post("/organisation/codes/issue", {"person": [p.pk for p in newcomers]}).content.decode()
    slips = re.findall(r'name="slip" value="([^"]+)"', page)
    before = set(ActivationCode.objects.values_list("pk", flat=True))
    answer = chen.post("/organisation/codes/sheet", {"slip": [*slips, f"{cast.sun.pk}:AAAA-BBBB-CCCC"]})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert {row[4] for row in rows[1:]} == set(codes_on(page))
    assert {row[1] for row in rows[1:]} == {"郑新", "冯来"}
    assert set(ActivationCode.objects.values_list("pk", flat=True)) == before
    stale = chen.post("/organisation/codes/sheet", {"slip": ["x", "²:A", f"{cast.sun.pk}:AAAA-BBBB-CCCC"]})
    assert stale.status_code == 302


def test_nobody_chosen_and_nobody_of_another_school(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    assert chen.post("/organisation/codes/issue", {}).status_code == 302
    assert chen.post("/organisation/codes/issue", {"person": [cast.zhou.pk, "x", "²", "9" * 40]}).status_code == 302
    assert not ActivationCode.objects.exists()


@pytest.mark.parametrize("name", ["wang", "li", "zhao", "sun"])
def test_only_who_keeps_the_roster(cast: Cast, newcomers: list[User], name: str) -> None:
    client = signed_in(cast.everyone[name])
    assert client.get("/organisation/codes").status_code == 403
    assert client.post("/organisation/codes/issue", {"person": newcomers[0].pk}).status_code == 403
    assert not ActivationCode.objects.exists()


def test_the_list_has_a_fixed_number_of_statements(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    User.objects.update(password="has-one")

    def read() -> int:
        return len([(p.name, p.held[0].post.unit.name) for p in codes.without_account(cast.school)])  # type: ignore[attr-defined]

    for number in range(10):
        person = make_user(f"n{number}", "甲")
        User.objects.filter(pk=person.pk).update(password="!")
        make_appointment(person, make_post(cast.teaching, f"岗{number}"))
    with django_assert_num_queries(2):
        assert read() == 10


def test_from_the_command_line(cast: Cast, newcomers: list[User], tmp_path: Path) -> None:
    out = tmp_path / "codes.xlsx"
    run = CliRunner().invoke(qingqu, ["issue-codes", "--school", "YC5Z", "--unit", "教务处", "-o", str(out)])
    assert run.exit_code == 0, run.output
    rows = list(openpyxl.load_workbook(out).active.values)
    assert [row[1] for row in rows[1:]] == ["郑新", "冯来"]
    assert out.stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(qingqu, ["issue-codes", "--school", "YC5Z", "-o", str(tmp_path / "again.xlsx")])
    assert isinstance(again.exception, NotPossible)
    assert not (tmp_path / "again.xlsx").exists()


def test_a_page_sent_twice_does_not_void_what_it_printed(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    form = sent(*newcomers)
    made = codes_on(chen.post("/organisation/codes/issue", form).content.decode())
    again = chen.post("/organisation/codes/issue", form, follow=True)
    assert codes_on(again.content.decode()) == []
    assert "已打印的纸条仍然有效" in again.content.decode()
    assert activate("new0", made[0], "Zheng-xin-2026").username == "new0"
    one = {"person": newcomers[1].pk}  # a page that says nothing about codes knew of none
    assert codes_on(chen.post("/organisation/codes/issue", one, follow=True).content.decode()) == []
    assert activate("new1", made[1], "Feng-lai-2026").username == "new1"


def test_the_slip_says_where_until_when_and_how(cast: Cast, newcomers: list[User]) -> None:
    page = signed_in(cast.chen).post("/organisation/codes/issue", sent(*newcomers)).content.decode()
    assert page.count("http://testserver/accounts/activate") == 2
    assert page.count('<ol class="slip-steps">') == 2
    last = ActivationCode.objects.first().expires_on  # type: ignore[union-attr]
    assert f"有效至 {last.year} 年 {last.month} 月 {last.day} 日" in page
    assert "只能在这台电脑上打开" not in page
    local = {"Host": "127.0.0.1:8000"}
    page = signed_in(cast.chen).post("/organisation/codes/issue", sent(newcomers[0]), headers=local).content.decode()
    assert "只能在这台电脑上打开" in page


def test_a_table_of_codes_stands_in_the_trace_without_a_code(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    page = chen.post("/organisation/codes/issue", sent(*newcomers)).content.decode()
    chen.post("/organisation/codes/sheet", {"slip": re.findall(r'name="slip" value="([^"]+)"', page)})
    entry = Entry.objects.get(act="organisation.codes_exported")
    assert (entry.actor, entry.payload.details) == (f"u:{cast.chen.pk}", {"rows": 2})


@pytest.mark.parametrize(
    ("by", "to", "status"),
    [
        ("system_admin", "zhao", 403),  # with the account goes the duty
        ("system_admin", "chen", 403),
        ("system_admin", "wang", 200),
        ("system_admin", "wu", 403),  # himself
        ("security_admin", "zhao", 200),
        ("security_admin", "wang", 403),  # keeps no roster
        ("party_office", "zhao", 200),
        ("party_office", "chen", 403),  # himself
        ("party_office", "feng", 403),  # an office-holder of the other school too
    ],
)
def test_whose_account_opens_doors_is_not_opened_by_everybody(cast: Cast, by: str, to: str, status: int) -> None:
    if by != "party_office":
        make_duty(cast.school, cast.wu, by)
    make_duty(cast.other_school, cast.feng, Duty.Kind.DISCIPLINE)
    issuer = signed_in(cast.chen if by == "party_office" else cast.wu)
    person = cast.everyone[to]
    answer = issuer.post("/organisation/codes/issue", sent(person))
    assert answer.status_code == status
    assert ActivationCode.objects.filter(user=person).exists() == (status == 200)
    shown = issuer.get(f"/organisation/people/{person.pk}").content.decode()
    assert ("/organisation/codes/issue" in shown) == (status == 200)
    if status == 200:
        page = answer.content.decode()
        assert f'href="/organisation/people/{person.pk}"' in page, "back to where he came from"
        table = issuer.post("/organisation/codes/sheet", {"slip": re.findall(r'name="slip" value="([^"]+)"', page)})
        assert table.status_code == 200


def test_the_table_is_refused_to_whoever_could_not_have_issued_it(cast: Cast, newcomers: list[User]) -> None:
    page = signed_in(cast.chen).post("/organisation/codes/issue", sent(*newcomers)).content.decode()
    slips = {"slip": re.findall(r'name="slip" value="([^"]+)"', page)}
    assert signed_in(cast.wang).post("/organisation/codes/sheet", slips).status_code == 403
    assert signed_in(cast.wang).post("/organisation/codes/sheet", {}).status_code == 403
    assert signed_in(cast.zhou).post("/organisation/codes/sheet", slips).status_code == 302


def test_one_who_may_not_be_chosen_says_why_and_stops_the_batch(cast: Cast, newcomers: list[User]) -> None:
    make_duty(cast.school, cast.wu, Duty.Kind.SYSTEM_ADMIN)
    make_duty(cast.school, newcomers[0], Duty.Kind.AUDITOR)
    admin = signed_in(cast.wu)
    page = admin.get("/organisation/codes").content.decode()
    assert "由党办或安全保密管理员发放启用码" in page
    assert 'aria-label="郑新" disabled' in page
    assert 'aria-label="冯来" checked' in page
    assert admin.post("/organisation/codes/issue", sent(*newcomers)).status_code == 403
    assert not ActivationCode.objects.exists()


def test_an_account_with_a_duty_and_no_post_gets_a_slip(cast: Cast, newcomers: list[User]) -> None:
    office = make_user("dangban", "党办")
    make_duty(cast.school, office, Duty.Kind.PARTY_OFFICE)
    chen = signed_in(cast.chen)
    assert len(codes_on(chen.post("/organisation/codes/issue", sent(office)).content.decode())) == 1
    User.objects.filter(pk=office.pk).update(password="!")
    assert "dangban" in chen.get("/organisation/codes").content.decode()


def test_the_page_has_a_fixed_number_of_statements(cast: Cast) -> None:
    User.objects.update(password="has-one")
    chen, counted = signed_in(cast.chen), []
    for count in (10, 90):
        for number in range(count):
            person = make_user(f"n{count}-{number}", "甲")
            make_appointment(person, make_post(cast.teaching, f"岗{count}-{number}"))
        User.objects.filter(username__startswith="n").update(password="!")
        chen.get("/organisation/codes")
        with CaptureQueriesContext(connection) as context:
            assert chen.get("/organisation/codes").content.decode().count('name="person"') >= count
        counted.append(len(context))
    assert counted[0] == counted[1]


def test_one_person_again_from_the_command_line(cast: Cast, newcomers: list[User], tmp_path: Path) -> None:
    """The only party office forgot its password: nobody on the pages can help."""
    out = tmp_path / "one.xlsx"
    run = CliRunner().invoke(qingqu, ["issue-codes", "--school", "YC5Z", "--person", "chen", "-o", str(out)])
    assert run.exit_code == 0, run.output
    [_titles, row] = openpyxl.load_workbook(out).active.values
    assert row[3] == "chen"
    assert row[6].endswith("/accounts/activate")
    assert activate("chen", row[4], "四匹马-过河-去北方").pk == cast.chen.pk
    options = ["issue-codes", "--school", "YC5Z", "--person", "zhou", "-o", str(tmp_path / "none.xlsx")]
    assert isinstance(CliRunner().invoke(qingqu, options).exception, NotPossible)


def test_a_department_by_its_code(cast: Cast, newcomers: list[User], tmp_path: Path) -> None:
    cast.teaching.code = "JWC"
    cast.teaching.save(update_fields=["code"])
    options = ["issue-codes", "--school", "YC5Z", "--unit", "JWC", "-o", str(tmp_path / "unit.xlsx")]
    assert CliRunner().invoke(qingqu, options).exit_code == 0
    assert ActivationCode.objects.count() == 2
