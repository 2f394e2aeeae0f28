"""A real browser for tests marked `browser`, and a page that refuses to fail in silence."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
# What never comes is noticed late; what comes late, on a machine that others use, is no failure.
PATIENCE_MILLISECONDS = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium for one file of tests."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 -- for development

    # Playwright's calls that wait run an event loop in this very thread, so Django takes every
    # query of a test for one made inside asynchronous code. Nothing here is asynchronous, and
    # the file's end stops the loop before any test that has one of its own.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
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
    with watched_pages(browser, live_server.url, has_sockets=False) as open_one:
        yield open_one


@pytest.fixture
def live_site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve pages and sockets as production does, and relay each event as it commits.

    Returns the address. The test needs `transaction=True`.
    """
    from loyalty_site.realtime import nudge  # noqa: PLC0415 -- Django is not set up at import

    monkeypatch.setattr(nudge, "_nudger", RelayAtOnce())
    with serve() as url:
        yield url


@pytest.fixture
def open_live_page(browser: Any, live_site: str) -> Iterator[Callable[..., Any]]:
    """Return what `open_page` does, on a server whose sockets work."""
    with watched_pages(browser, live_site) as open_one:
        yield open_one


class RelayAtOnce:
    """Publishes what waits instead of waking a worker."""

    def nudge(self) -> None:
        """Relay, in a thread without an event loop of its own."""
        thread = threading.Thread(target=self.relay)
        thread.start()
        thread.join()

    def relay(self) -> None:
        """Publish what waits."""
        from django.db import connection  # noqa: PLC0415 -- Django is not set up at import
        from django.utils import timezone  # noqa: PLC0415

        from loyalty_site.realtime.publishing import publish_events  # noqa: PLC0415
        from loyalty_site.realtime.relay import relay_events  # noqa: PLC0415

        try:
            relay_events(publish=publish_events, now=timezone.now())
        finally:
            connection.close()


@contextmanager
def serve() -> Iterator[str]:
    """Run the ASGI application on a free port of this machine and give its address."""
    import uvicorn  # noqa: PLC0415 -- a server, which other tests do not need

    from loyalty_site.asgi import application  # noqa: PLC0415 -- Django is not set up at import

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(application, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(10)


@contextmanager
def watched_pages(
    browser: Any, url: str, *, has_sockets: bool = True
) -> Iterator[Callable[..., Any]]:
    """Give a function that opens pages of one site, and fail in the end if one complained."""
    problems: list[str] = []
    contexts: list[Any] = []
    own_host = urlsplit(url).netloc

    def watch_request(request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != own_host:
            problems.append(f"request to another host: {request.url}")

    def watch_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def open_one(person: Any = None, *, phone: bool = False, **options: Any) -> Any:
        context = browser.new_context(base_url=url, viewport=PHONE if phone else DESKTOP, **options)
        contexts.append(context)
        if not has_sockets:
            # No token, so no try at a socket that is not there, which a browser complains about.
            context.route("**/live-token", lambda route: route.fulfill(status=204, body=""))
        if person is not None:
            context.add_cookies([make_session_cookie(person, url)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
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
