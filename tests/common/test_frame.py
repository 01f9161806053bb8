"""The frame around every page."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from qingqu.workbench.context import ENTRIES, TABS, address, current_view, tab_items
from tests.make import make_campaign
from tests.people import Cast

PAGE = "/accounts/profile"


def page(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


def test_the_frame_says_who_and_where(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    html = page(client)
    assert "云川市第五中学" in html
    assert "陈思 · 党办" in html
    assert 'class="skip-link" href="#main"' in html
    assert 'id="messages"' in html
    assert 'aria-live="polite"' in html


def test_another_schools_frame_names_that_school(client: Client, cast: Cast) -> None:
    client.force_login(cast.zhou)
    assert "云川市第九中学" in page(client)
    assert "云川市第五中学" not in page(client)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 4, 24), "2026 年度 · 查找风险阶段 · 距报送截止还有 6 天"),
        (date(2026, 4, 30), "2026 年度 · 查找风险阶段 · 今天报送截止"),
        (date(2026, 6, 1), "2026 年度 · 机制建设阶段<"),
        (date(2027, 6, 1), ""),
    ],
)
def test_the_frame_says_where_the_year_stands(
    client: Client, cast: Cast, settings: Settings, day: date, said: str
) -> None:
    make_campaign(cast.school)
    settings.QINGQU_TODAY = day
    client.force_login(cast.wang)
    assert f"<span>{said}" in page(client)
    client.force_login(cast.zhou)
    assert "年度 ·" not in page(client)


def test_only_pages_that_exist_are_offered(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)
    html = page(client)
    for _group, entries in ENTRIES:
        for entry in entries:
            url = address(entry.view)
            shown = f'class="side-nav-item" href="{url}"' in html
            assert shown is (bool(url) and not entry.duties), entry.view  # Wang holds no duty
    assert 'class="side-nav-item" href=""' not in html


@pytest.mark.parametrize(
    ("at", "current"),
    [
        ("reports:maps", "reports:maps"),
        ("reports:something", "reports:ledger"),
        ("reports:dossier-index", "reports:dossiers"),
        ("accounts:profile", ""),
        ("set-language", ""),
    ],
)
def test_a_page_lights_the_entry_it_belongs_to(at: str, current: str) -> None:
    class Match:
        view_name = at

    class Request:
        resolver_match = Match()

    views = [entry.view for _group, entries in ENTRIES for entry in entries]
    assert current_view(Request(), views) == current  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "lit"),
    [
        ("declarations:show", "declarations:mine"),
        ("declarations:fill-group", "declarations:mine"),
        ("declarations:progress", "workbench:more"),
        ("risks:show", "reports:ledger"),
        ("reports:gap", "reports:maps"),
        ("workbench:field", "workbench:home"),
        ("workbench:more", "workbench:more"),
        ("accounts:profile", "workbench:more"),
    ],
)
def test_the_phones_tab_bar_lights_the_tab_a_page_belongs_to(at: str, lit: str) -> None:
    class Match:
        view_name = at

    class Request:
        resolver_match = Match()

    assert [tab.url for tab in tab_items(Request()) if tab.current] == [address(lit)]  # type: ignore[arg-type]


def test_a_button_address_opened_by_itself_says_the_way_on(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)
    answer = client.get("/declarations/start", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "请从页面上的按钮办理" in answer.content.decode()
    assert client.get("/declarations/start").content == b""


def test_the_tabs_are_entries() -> None:
    assert set(TABS) <= {entry.view for _group, entries in ENTRIES for entry in entries}
    assert len(TABS) == 4


def test_the_language_switch_stays_on_the_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)
    call_command("compilemessages", locale=["en"], verbosity=0)
    response = client.post("/language", {"language": "en", "next": PAGE})
    assert response["Location"] == PAGE
    html = page(client)
    assert '<html lang="en"' in html
    assert "My account" in html
    assert 'value="zh-hans"' in html


def test_large_text_before_sign_in_stays_with_the_session(client: Client, db: None) -> None:
    assert "data-text" not in page(client, "/accounts/sign-in")
    client.post("/accounts/text-size", {"next": "/accounts/sign-in"})
    assert 'data-text="large"' in page(client, "/accounts/sign-in")


def test_the_frame_costs_the_same_for_everybody(client: Client, cast: Cast, django_assert_max_num_queries) -> None:
    for person in (cast.wang, cast.sun):
        client.force_login(person)
        with django_assert_max_num_queries(12):
            page(client, "/more")


def test_nothing_is_inline_in_any_template() -> None:
    roots = [site.BASE_DIR / "templates", *(site.BASE_DIR / "qingqu").glob("*/templates")]
    inline = re.compile(
        r"\sstyle=|\son(click|change|submit|load|input)=|<style|<script(?![^>]*\ssrc=)|javascript:|hx-on"
    )
    found = [
        f"{path.name}: {match.group()}"
        for root in roots
        for path in Path(root).rglob("*.html")
        if (match := inline.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    sprite = Path(str(finders.find("qingqu/icons.svg"))).read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    roots = [site.BASE_DIR / "templates", *(site.BASE_DIR / "qingqu").glob("*/templates")]
    named = {
        name
        for root in roots
        for path in Path(root).rglob("*.html")
        for name in re.findall(r'{%\s*icon "([^"]+)"', path.read_text(encoding="utf-8"))
    } | {entry.icon for _group, entries in ENTRIES for entry in entries}
    assert named - drawn == set()


def test_static_files_can_be_collected(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()
    assert list((tmp_path / "vendor/tabler").glob("tabler.min.*.css"))
