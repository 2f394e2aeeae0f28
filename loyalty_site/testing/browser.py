"""A real browser for tests marked `browser`, and a page that refuses to fail in silence."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

# The last ones keep Chromium itself from calling home, which would look like our own requests.
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium for one file of tests."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- a development package

    # Playwright's calls that wait run an event loop in this very thread, so Django takes every
    # query of a test for one made inside asynchronous code. Nothing here is asynchronous, and
    # the file's end stops the loop before any test that has one of its own.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(
            executable_path=os.environ["LOYALTY_CHROMIUM"], args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page on the live server: `open_page(person, phone=True)`.

    A person is signed in to the console already. Other keywords go to the browser's context.
    Each page is watched: an error in its console or a request to another host fails the test.
    """
    problems: list[str] = []
    contexts: list[Any] = []
    own_host = urlsplit(live_server.url).netloc

    def watch_request(request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != own_host:
            problems.append(f"request to another host: {request.url}")

    def watch_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def open_one(person: Any = None, *, phone: bool = False, **options: Any) -> Any:
        context = browser.new_context(
            base_url=live_server.url, viewport=PHONE if phone else DESKTOP, **options
        )
        contexts.append(context)
        if person is not None:
            context.add_cookies([make_session_cookie(person, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", watch_request)
        page.on("console", watch_console)
        page.on("pageerror", lambda error: problems.append(f"script: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def make_session_cookie(person: Any, url: str) -> dict[str, str]:
    """Return a browser's cookie that signs a person in to the console."""
    from django.conf import settings  # noqa: PLC0415 -- Django is not set up at import
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}
