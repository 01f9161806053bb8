"""A real browser (the system's Chromium) against the product; pictures of what it saw lie in var/walks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from qingqu.accounts.models import User

PICTURES = Path(__file__).parent.parent.parent / "var" / "walks"
AXE = Path(__file__).parent.parent / "vendor" / "axe-core" / "axe.min.js"
CONTRAST = Path(__file__).parent / "contrast.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
WIDE, TABLET, PHONE = (1280, 900), (768, 1024), (390, 844)

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


Open = Callable[..., Page]


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Open]:
    """`open_as(person, phone=True)` gives a page of a browser in which the person is signed in already."""
    contexts = []

    def opened(
        person: User | None = None,
        *,
        phone: bool = False,
        tablet: bool = False,
        english: bool = False,
        dark: bool = False,
    ) -> Page:
        width, height = PHONE if phone else TABLET if tablet else WIDE
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            has_touch=phone or tablet,
            locale="en-GB" if english else "zh-CN",
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        cookies = {"django_language": "en" if english else "zh-hans"}
        if person is not None:
            client = Client()
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield opened
    for context in contexts:
        context.close()


def keep_picture(page: Page, name: str) -> None:
    """Keep what the page looks like."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def findings(page: Page) -> list[str]:
    """What axe finds against WCAG A and AA, serious and critical only."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(r => r.violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')))"
    )
    return list(result)


def faint(page: Page) -> list[str]:
    """Words below 4.5 : 1 on their ground. Axe cannot read the colours that the style sheet mixes (oklab)."""
    return list(page.evaluate(CONTRAST.read_text(encoding="utf-8")))


def sideways(page: Page) -> int:
    """How many pixels the page scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
