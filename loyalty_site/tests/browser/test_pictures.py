"""The pictures of the README: LOYALTY_SCREENSHOTS=docs/images bin/test --long -k pictures."""

import os
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from gamification.services.projecting import project_backlog
from loyalty_site.tests.browser.member_scene import set_member_scene
from loyalty_site.tests.browser.scene import set_scene
from points.services.audit import audit_and_record

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
    ),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
    pytest.mark.skipif("LOYALTY_SCREENSHOTS" not in os.environ, reason="no pictures wanted"),
]

# Name of the file, address, what the browser is like.
PICTURES: list[tuple[str, str, dict[str, Any]]] = [
    ("console", "/admin/", {}),
    ("console-dark", "/admin/", {"color_scheme": "dark"}),
    ("queue", "/admin/rewards/redemption/", {}),
    ("queue-phone", "/admin/rewards/redemption/", {"phone": True, "device_scale_factor": 2}),
    ("member", "/admin/accounts/user/member/shop-003/", {}),
    ("home", "/", {}),
    ("api", "/api/docs", {}),
]


def test_pictures_for_the_readme(programme, make_staff, open_live_page, settings):
    settings.LOYALTY_MODE = "demo"
    # An afternoon shows more of "today" than the hour after midnight would.
    now = timezone.now().replace(hour=16, minute=20)
    with time_machine.travel(now, tick=True):
        take_pictures(make_staff, open_live_page, now)


def take_pictures(make_staff, open_page, now):
    person = make_staff("ada")
    person.name = "Ada Admin"
    person.save()
    set_scene(approver=person, now=now)
    audit_and_record(now=now)
    queue = open_page(person)
    for _ in range(2):
        queue.goto("/admin/rewards/redemption/")
        queue.get_by_role("button", name="Approve").first.click()
        queue.wait_for_selector(".messagelist")
    folder = Path(os.environ["LOYALTY_SCREENSHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, address, options in PICTURES:
        # Whoever is signed in never sees the first page.
        page = open_page(None if name == "home" else person, **options)
        if name == "member":
            # The worker's part: scores, and the badges that come with them.
            list(project_backlog())
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if name.startswith("queue"):
            page.wait_for_selector(".live.is-live")
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 10_000


def test_picture_of_live_events(programme, make_staff, open_live_page, settings):
    """Of the present hour, since events carry the database's."""
    settings.LOYALTY_MODE = "demo"
    page = open_live_page(make_staff("ada"))
    page.goto("/live")
    page.wait_for_selector(".live-state[data-state=open]")
    for action, amount in (("ATTEND_EVENT", ""), ("PURCHASE", "1240")):
        page.get_by_label("Action").select_option(action)
        if amount:
            page.get_by_label("Amount").fill(amount)
        page.get_by_role("button", name="Report").click()
        page.wait_for_selector("[data-arrived]:not(:empty)")
    page.get_by_label("Points", exact=True).fill("200")
    page.get_by_role("button", name="Redeem").click()
    page.get_by_text("Voucher redeemed for 200 points.").wait_for()
    page.locator(".live-event details summary").nth(2).click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1_000)
    page.screenshot(path=Path(os.environ["LOYALTY_SCREENSHOTS"]) / "live.png")


def test_pictures_of_the_members_pages(programme, make_member, make_staff, open_live_page):
    mia = set_member_scene(make_member=make_member, approver=make_staff("ada"), now=timezone.now())
    mia.name = "Mia Moreau"
    mia.save()
    folder = Path(os.environ["LOYALTY_SCREENSHOTS"])
    phone = {"phone": True, "device_scale_factor": 2}
    for name, address, options in (
        ("site", "/dashboard", {}),
        ("site-phone", "/dashboard", phone | {"locale": "de"}),
        ("site-levels", "/dashboard/points/levels", {"color_scheme": "dark"}),
        ("site-rewards", "/dashboard/rewards", {}),
        ("site-badges", "/dashboard/badges", {"color_scheme": "dark"}),
        ("site-board-phone", "/dashboard/leaderboards/events?timeframe=month", phone),
    ):
        page = open_live_page(mia, **options)
        page.goto(address)
        page.wait_for_selector("html[data-live=open]")
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 10_000
