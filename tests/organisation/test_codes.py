"""Activation codes: who needs one, slips that are shown once, and who may hand them out."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.test import Client

from config.commands import qingqu
from qingqu.accounts.actions import activate
from qingqu.accounts.models import ActivationCode, User
from qingqu.common.errors import NotPossible
from qingqu.organisation import codes
from qingqu.trace.models import Entry
from tests.make import make_appointment, make_post, make_user
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


def test_slips_are_made_once_and_open_the_door(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    page = chen.get("/organisation/codes").content.decode()
    assert "郑新" in page
    assert "王雨桐" not in page
    answer = chen.post("/organisation/codes/issue", {"person": [p.pk for p in newcomers]})
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
    chen.post("/organisation/codes/issue", {"person": newcomers[0].pk})
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
    stale = chen.post("/organisation/codes/sheet", {"slip": ["x", f"{cast.sun.pk}:AAAA-BBBB-CCCC"]})
    assert stale.status_code == 302


def test_nobody_chosen_and_nobody_of_another_school(cast: Cast, newcomers: list[User]) -> None:
    chen = signed_in(cast.chen)
    assert chen.post("/organisation/codes/issue", {}).status_code == 302
    assert chen.post("/organisation/codes/issue", {"person": [cast.zhou.pk, "x"]}).status_code == 302
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
