"""Pages of the year: a visit each, the doors, the calendar, the number of SQL statements."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from qingqu.campaigns import actions, queries
from qingqu.campaigns.calendar_feed import calendar_of
from qingqu.campaigns.models import CalendarFeed, Campaign, Reading, StudyDocument, Task
from qingqu.records.models import Attachment
from qingqu.trace.models import Entry
from tests.people import Cast


@pytest.fixture
def year(cast: Cast, settings: object, tmp_path: Path) -> Campaign:
    settings.QINGQU_TODAY = date(2026, 4, 24)  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return actions.open_campaign(actions.create_campaign(cast.school, 2026, by=cast.chen), by=cast.chen)


def at(name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=args)


def see(client: Client, user: object, address: str, status: int = 200) -> str:
    client.force_login(user)  # type: ignore[arg-type]
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer.content.decode()


def test_without_a_year_the_party_office_is_told_to_make_one(client: Client, cast: Cast) -> None:
    assert at("create") in see(client, cast.chen, at("home"))
    assert at("create") not in see(client, cast.wang, at("home"))
    client.force_login(cast.chen)
    answer = client.post(at("create"), {"year": 2026})
    made = Campaign.objects.get()
    assert answer.headers["Location"] == at("show", made.pk)
    assert client.post(at("create"), {"year": 2026}).status_code == 422
    client.post(at("open", made.pk))
    made.refresh_from_db()
    assert made.state == Campaign.State.OPEN


def test_the_year_on_one_line(client: Client, cast: Cast, year: Campaign) -> None:
    page = see(client, cast.chen, at("home"))
    assert "stage-timeline" in page
    assert "今天 4 月 24 日" in page
    assert "召开动员会并形成会议记录" in page
    assert "发布要学习的文件" in page
    assert "布置任务" not in see(client, cast.wang, at("home"))
    see(client, cast.zhou, at("show", year.pk), status=404)


def test_moving_the_dates_by_the_page(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    data = {"title": year.title, "due_on": "2026-04-30", "escalate_days": 3, "working_days": 5}
    for stage in year.stages.all():
        data |= {f"{stage.kind}_from": stage.starts_on.isoformat(), f"{stage.kind}_to": stage.ends_on.isoformat()}
    assert client.post(at("dates", year.pk), data | {"mobilise_from": "2026-03-03"}).status_code == 302
    assert year.stages.get(kind="mobilise").starts_on == date(2026, 3, 3)
    answer = client.post(at("dates", year.pk), data | {"due_on": "2026-06-01"})
    assert answer.status_code == 422
    assert "报送截止须在" in answer.content.decode()
    client.force_login(cast.li)
    assert client.post(at("dates", year.pk), data).status_code == 403


def test_the_plan_is_written_and_printed(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.qian)
    client.post(at("plan-edit", year.pk), {"plan": "# 一、目标\n查准、查全、查深。"})
    assert "查准、查全、查深。" in see(client, cast.wang, at("plan", year.pk))
    word = client.get(at("plan", year.pk) + "?fmt=docx")
    assert word.content[:2] == b"PK"
    assert client.post(at("plan-edit", year.pk), {"plan": "x"}).status_code == 403


def test_the_versions_of_the_plan_are_listed_and_read(client: Client, cast: Cast, year: Campaign) -> None:
    first = queries.plan_versions(year).get()
    actions.edit_plan(year, "# 一、目标\n查准、查全、查深。", by=cast.chen)
    second = queries.plan_versions(year)[0]
    page = see(client, cast.wang, at("home"))
    assert reverse("records:show", args=[first.pk]) in page
    assert "已有新版" in page
    shown = see(client, cast.wang, reverse("records:show", args=[second.pk]))
    assert "<p>查准、查全、查深。</p>" in shown
    assert ">一、目标</h3>" in shown
    assert first.number in shown
    assert second.digest in shown
    paper = see(client, cast.wang, reverse("records:paper", args=[second.pk, "list"]))
    assert "查准、查全、查深。" in paper
    assert second.number in see(client, cast.wang, at("plan", year.pk))
    see(client, cast.zhou, reverse("records:show", args=[second.pk]), status=404)


def test_tasks_by_the_page(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    stage = year.stages.get(kind="find")
    client.post(at("task-new", stage.pk), {"title": "盘点", "due_on": "2026-04-20", "unit": cast.office.pk})
    task = Task.objects.get(title="盘点")
    client.post(at("task-edit", task.pk), {"title": "年中盘点", "due_on": "2026-04-21", "unit": cast.office.pk})
    client.force_login(cast.wang)
    assert client.post(at("task-finish", task.pk), {"note": "x"}).status_code == 403
    client.force_login(cast.li)
    client.post(at("task-finish", task.pk), {"note": "账实相符"})
    task.refresh_from_db()
    assert (task.title, task.note, task.done_by) == ("年中盘点", "账实相符", cast.li)
    assert "账实相符" in see(client, cast.wu, at("home"))
    client.force_login(cast.li)
    client.post(at("task-reopen", task.pk))
    client.force_login(cast.chen)
    client.post(at("task-remove", task.pk))
    assert not Task.objects.filter(pk=task.pk).exists()


def test_a_document_is_published_opened_and_counted(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    file = SimpleUploadedFile("通知.txt", "请认真学习".encode(), content_type="text/plain")
    client.post(at("document-new", year.pk), {"title": "市局通知", "issuer": "市教育局", "attachments": [file]})
    document = StudyDocument.objects.get()
    assert "待阅 1 份" in see(client, cast.wang, at("home"))
    page = see(client, cast.wang, at("document", document.pk))
    assert "通知.txt" in page
    assert "打开情况" not in page
    assert Reading.objects.filter(person=cast.wang).count() == 1
    assert "您都已读过" in see(client, cast.wang, at("documents", year.pk))
    assert "打开情况" in see(client, cast.li, at("document", document.pk))
    path = next(line for line in page.split('"') if "/files/" in line)
    answer = client.get(path)
    assert b"".join(answer.streaming_content).decode() == "请认真学习"  # type: ignore[attr-defined]
    see(client, cast.zhou, at("document", document.pk), status=404)
    see(client, cast.zhou, path, status=404)
    client.force_login(cast.wang)
    assert client.post(at("document-withdraw", document.pk)).status_code == 403
    client.force_login(cast.chen)
    client.post(at("document-withdraw", document.pk))
    see(client, cast.wang, at("document", document.pk), status=403)


def test_a_program_is_not_a_document(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    answer = client.post(
        at("document-new", year.pk), {"title": "x", "attachments": [SimpleUploadedFile("a.exe", b"MZ\0\0")]}
    )
    assert answer.status_code == 422
    assert not StudyDocument.objects.exists()


def test_heads_enter_study_sessions_of_their_own_units(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.li)
    form = {"unit": cast.office.pk, "title": "学习市局文件", "held_on": "2026-04-10", "host": "李明远"}
    client.post(at("mobilisation-new", year.pk), form)
    assert client.post(at("mobilisation-new", year.pk), form | {"unit": cast.teaching.pk}).status_code == 422
    assert "学习市局文件" in see(client, cast.wang, at("mobilisations", year.pk))
    held = year.mobilisations.get()
    assert "李明远" in see(client, cast.wang, at("mobilisation", held.pk))
    client.force_login(cast.wang)
    assert client.get(at("mobilisation-new", year.pk)).status_code == 403
    assert client.post(at("mobilisation-edit", held.pk), form).status_code == 403
    client.force_login(cast.li)
    client.post(at("mobilisation-edit", held.pk), form | {"title": "学习省市文件"})
    held.refresh_from_db()
    assert held.title == "学习省市文件"


def test_next_year_in_one_click_and_what_changed(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    answer = client.post(at("next", year.pk))
    after = Campaign.objects.get(year=2027)
    assert answer.headers["Location"] == at("changes", after.pk)
    page = see(client, cast.chen, at("changes", after.pk))
    assert "2027-04-30" in page
    see(client, cast.chen, at("changes", year.pk), status=404)


def test_the_calendar_address_is_shown_once_and_can_be_taken_back(client: Client, cast: Cast, year: Campaign) -> None:
    actions.add_task(
        year.stages.get(kind="find"),
        title="核对：采购, 验收; 与保管的岗位职责" + "很长" * 20,
        due_on=date(2026, 4, 20),
        person=cast.wang,
        by=cast.chen,
    )
    client.force_login(cast.wang)
    client.post(at("calendar-make"))
    page = client.get(at("calendar")).content.decode()
    address = next(part for part in page.split('"') if part.endswith(".ics"))
    assert address not in client.get(at("calendar")).content.decode()
    assert CalendarFeed.objects.get().digest not in address
    stranger = Client()
    answer = stranger.get(address)
    assert answer.status_code == 200
    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    names = [str(event["summary"]) for event in events]
    assert "核对：采购, 验收; 与保管的岗位职责" + "很长" * 20 in names
    assert "廉政风险登记表报送截止（2026 年）" in names
    assert not any("动员会" in name for name in names)  # other people's tasks are not his
    assert stranger.get(at("calendar-feed", "wrong")).status_code == 404
    client.post(at("calendar-revoke"))
    assert stranger.get(address).status_code == 404


def test_events_keep_their_names_and_share_them_with_no_other_server(cast: Cast, year: Campaign) -> None:
    """The rows of two servers have the same numbers; a calendar that reads both must not take one for the other."""
    actions.add_task(
        year.stages.get(kind="find"), title="核对", due_on=date(2026, 4, 20), person=cast.wang, by=cast.chen
    )

    def named(hour: int) -> dict[str, str]:
        feed = Calendar.from_ical(calendar_of(cast.wang, datetime(2026, 4, 24, hour, tzinfo=UTC)))
        return {str(event["uid"]): str(event["summary"]) for event in feed.walk("VEVENT")}

    ours = named(8)
    assert len(ours) == 6
    year.tasks.update(title="核对清单")
    assert named(9).keys() == ours.keys()
    Campaign.objects.update(calendar_uid=uuid4())  # as another server made it
    assert not named(8).keys() & ours.keys()


@pytest.mark.parametrize("page", ["home", "documents", "mobilisations"])
def test_as_many_statements_for_many_as_for_few(client: Client, cast: Cast, year: Campaign, page: str) -> None:
    def cost(count: int) -> int:
        for n in range(count):
            actions.publish_document(year, title=f"文件{n}", text="x", by=cast.chen)
            actions.record_mobilisation(
                year, kind="study", unit=cast.office, title="x", held_on=date(2026, 4, 1), by=cast.li
            )
            actions.add_task(
                year.stages.get(kind="find"), title=f"任务{n}", due_on=date(2026, 4, 20), unit=cast.office, by=cast.chen
            )
        address = at(page) if page == "home" else at(page, year.pk)
        see(client, cast.chen, address)
        with CaptureQueriesContext(connection) as seen:
            see(client, cast.chen, address)
        return len(seen)

    assert cost(6) == cost(20)


def test_the_api(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.wang)
    listed = client.get("/api/v1/campaigns").json()
    assert [(c["year"], len(c["stages"])) for c in listed["items"]] == [(2026, 4)]
    assert client.get(f"/api/v1/campaigns/{year.pk}").json()["due_on"] == "2026-04-30"
    found = client.get(f"/api/v1/campaigns/{year.pk}/tasks").json()["items"]
    assert found
    assert client.post(f"/api/v1/campaigns/{year.pk}/open").status_code == 403
    assert client.post(f"/api/v1/campaigns/tasks/{found[0]['id']}/finish", {}, "application/json").status_code == 403
    client.force_login(cast.chen)
    assert client.post(f"/api/v1/campaigns/{year.pk}/open").status_code in (400, 409, 422)
    done = client.post(f"/api/v1/campaigns/tasks/{found[0]['id']}/finish", {"note": "好"}, "application/json")
    assert done.json()["note"] == "好"
    client.force_login(cast.zhou)
    assert client.get(f"/api/v1/campaigns/{year.pk}").status_code == 404


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def test_files_of_a_meeting_are_kept_and_handed_out_inside_the_school(
    client: Client, cast: Cast, year: Campaign
) -> None:
    client.force_login(cast.chen)
    form: dict[str, Any] = {"kind": "meeting", "title": "动员会", "held_on": "2026-04-20"}
    client.post(at("mobilisation-new", year.pk), form | {"attachments": [SimpleUploadedFile("签到表.pdf", PDF)]})
    held = year.mobilisations.get()
    file = Attachment.objects.get(subject_label="campaigns.mobilisation", subject_id=held.pk)
    assert Entry.objects.filter(act="records.attached", obj=f"records.attachment:{file.pk}").exists()
    door = reverse("records:download", args=[file.pk])
    assert door in see(client, cast.wang, at("mobilisation", held.pk))
    assert b"".join(client.get(door).streaming_content) == PDF  # type: ignore[attr-defined]
    client.force_login(cast.zhou)
    assert client.get(door).status_code == 404
    client.force_login(cast.chen)
    client.post(
        at("mobilisation-edit", held.pk), form | {"attachments": [SimpleUploadedFile("记录.txt", "会议记录".encode())]}
    )
    names = Attachment.objects.filter(subject_id=held.pk).order_by("id").values_list("name", flat=True)
    assert list(names) == ["签到表.pdf", "记录.txt"]


def test_a_file_that_we_do_not_take_enters_no_meeting(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    form = {"kind": "meeting", "title": "动员会", "held_on": "2026-04-20", "minutes": "部署年度工作"}
    bad = {"attachments": [SimpleUploadedFile("a.exe", b"MZ\0\0")]}
    answer = client.post(at("mobilisation-new", year.pk), form | bad)
    assert answer.status_code == 422
    assert "部署年度工作" in answer.content.decode()
    many = {"attachments": [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]}
    assert "最多 10 个附件" in client.post(at("mobilisation-new", year.pk), form | many).content.decode()
    assert not year.mobilisations.exists()
    assert not Attachment.objects.exists()
