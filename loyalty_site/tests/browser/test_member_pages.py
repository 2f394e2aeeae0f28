"""Members' pages in a browser: redeeming, waiting, inviting, comparing, and news as they happen."""

import re
import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gamification.models import Badge
from gamification.services.awards import award_badge
from loyalty_site.tests.browser.member_scene import set_member_scene
from loyalty_site.tests.browser.test_accessibility import CHECKED, list_violations
from points.models import PointAccount
from points.services.activities import ActivityReport, record_activities
from points.services.postings import Cause, Source, award_points
from referrals.models import Referral
from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward
from rewards.services.redemptions import decide_redemption
from rewards.services.watches import tell_watchers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # A browser that turns away from a page leaves style sheets half sent.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
    ),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]

# What a commit may take to the open page, on a machine that is busy with other tests.
NEWS_SECONDS_MAX = 5


@pytest.fixture
def ann(make_staff):
    return make_staff("ann")


@pytest.fixture
def mia(programme, make_member, ann, now):
    return set_member_scene(make_member=make_member, approver=ann, now=now)


def wait_until_live(page):
    expect(page.locator("html")).to_have_attribute("data-live", "open")


def test_a_member_redeems_and_sees_the_approval_arrive(mia, ann, now, open_live_page):
    page = open_live_page(mia)
    page.goto("/dashboard/rewards")
    page.get_by_label("Search").fill("off your next")
    expect(page.locator(".offer")).to_have_count(1)
    page.get_by_role("link", name="Redeem 5 off your next order").click()
    expect(page.locator(".sum")).to_contain_text("250 points")
    before = page.locator("#balance .number").inner_text()
    page.get_by_role("button", name="Redeem now").click()

    article = page.locator("#redemption")
    expect(article).to_contain_text("Waiting for approval")
    expect(page.locator("#balance .number")).not_to_have_text(before)
    wait_until_live(page)
    redemption = Redemption.objects.filter(status=RedemptionStatus.PENDING).latest("redeemed_at")
    decide_redemption(
        redemption_id=redemption.pk,
        status=RedemptionStatus.APPROVED,
        actor=ann,
        member_note="Enjoy!",
        now=now,
    )
    expect(article.locator(".pill")).to_have_text("Approved")
    expect(article).to_contain_text("Enjoy!")
    expect(article.locator(".code code")).to_have_text(re.compile("SPRING-"))
    expect(article.get_by_role("button", name="Copy")).to_be_visible()
    toast = page.locator("#live .toast").filter(has_text="Approved: 5 off your next order.")
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_an_award_is_on_the_open_page_at_once(mia, now, open_live_page):
    page = open_live_page(mia)
    page.goto("/dashboard")
    wait_until_live(page)
    account = PointAccount.objects.get(member=mia)
    started = time.monotonic()
    award_points(
        account_id=account.pk,
        amount=1_250,
        cause=Cause(
            source=Source(type="test", id="news", rule="news"),
            occurred_at=now,
            description="A good deed",
        ),
        now=now,
    )
    told = page.locator("#live").get_by_role("link", name="You got 1,250 points. A good deed")
    expect(told).to_have_attribute("href", "/dashboard/points/transactions")
    expect(page.locator("#balance .number")).to_have_text(f"{account.balance + 1_250:,}")
    expect(page.locator("#overview [data-balance]")).to_have_text(f"{account.balance + 1_250:,}")
    expect(page.locator("#overview .line").first).to_contain_text("A good deed")
    assert time.monotonic() - started < NEWS_SECONDS_MAX
    expect(page.locator("#live")).to_have_attribute("aria-live", "polite")


def test_a_german_page_tells_news_in_german(mia, now, open_live_page):
    page = open_live_page(mia)
    page.goto("/dashboard/badges")
    page.get_by_role("button", name="Deutsch").click()
    wait_until_live(page)
    report = {"user_id": mia.public_id, "action": "HOST_EVENT", "occurred_at": now}
    record_activities(reports=[ActivityReport(event_id="german", **report)], now=now)
    said = "Du hast 15 Punkte bekommen. Eine Veranstaltung ausrichten"
    expect(page.locator("#live").get_by_role("link", name=said)).to_be_visible()
    page.goto("/live")
    page.get_by_role("button", name="Wiederholen").click()
    expect(page.locator(".live-event").first).to_contain_text("Eine Veranstaltung ausrichten")


def test_pages_of_the_same_minutes_share_a_token(mia, open_live_page):
    page = open_live_page(mia)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for address in ("/dashboard/badges", "/dashboard/redemptions", "/dashboard/rewards"):
        page.goto(address)
        wait_until_live(page)
    assert len([url for url in asked if url.endswith("/live-token")]) == 1


def test_a_badge_moves_to_those_that_are_held(mia, ann, now, open_live_page):
    page = open_live_page(mia)
    page.goto("/dashboard/badges")
    wait_until_live(page)
    award_badge(
        user_id=mia.public_id, badge_type="ICEBREAKER", reason="Kindness", actor=ann, now=now
    )
    expect(page.locator(".is-earned").filter(has_text="Icebreaker")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("You earned the badge Icebreaker!")


def test_a_badge_leaves_those_within_reach_on_the_overview(mia, ann, now, open_live_page):
    page = open_live_page(mia)
    page.goto("/dashboard")
    within_reach = page.locator("#overview .progress-row h3").first
    name = within_reach.inner_text()
    wait_until_live(page)
    badge = Badge.objects.get(name=name)
    award_badge(user_id=mia.public_id, badge_type=badge.type, reason="Kind", actor=ann, now=now)
    expect(within_reach).not_to_have_text(name)


def test_who_waits_for_a_reward_hears_that_it_is_back(mia, open_live_page):
    reward = Reward.objects.get(title="Concert ticket")
    page = open_live_page(mia)
    page.goto(f"/dashboard/rewards/{reward.pk}")
    page.get_by_role("button", name="Tell me when there is one again").click()
    expect(page.locator(".message.success")).to_contain_text("Your place in the line: 1.")
    wait_until_live(page)
    Reward.objects.filter(pk=reward.pk).update(quantity=1, quantity_stocked=1)
    assert len(list(tell_watchers(now=timezone.now()))) == 1
    page.locator("#live").get_by_role("link", name="There is one Concert ticket again").click()
    expect(page.get_by_role("link", name="Redeem", exact=True)).to_be_visible()


def test_a_member_invites_and_copies_the_link(mia, open_page):
    page = open_page(mia, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/dashboard/points/referrals")
    link = page.locator("#referral-link").inner_text()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    assert page.get_by_alt_text("QR code").evaluate("picture => picture.naturalWidth") > 100
    mail = page.get_by_role("link", name="Send by e-mail").get_attribute("href")
    assert mail.startswith("mailto:?subject=")
    page.get_by_label("E-mail of whom you invite").fill("ben@example.com")
    page.get_by_role("button", name="Note this address").click()
    expect(page.locator(".notice")).to_contain_text("ben@example.com")
    assert Referral.objects.filter(referrer=mia, email="ben@example.com").exists()


@pytest.mark.long
def test_the_own_place_stays_in_sight_on_every_board(mia, open_page):
    page = open_page(mia, phone=True)
    page.goto("/dashboard/leaderboards")
    for title in ("Events attended", "Points earned"):
        page.get_by_role("link", name=title).click()
        expect(page.locator(".own-place")).to_be_in_viewport()
        expect(page.locator("tr.is-me")).to_contain_text("Mia")
    page.get_by_role("link", name="Show those around me").click()
    expect(page.locator("tr.is-me")).to_have_count(1)
    page.get_by_role("link", name="Month").click()
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_role("link", name="Later")).to_be_visible()


def test_everything_works_without_scripts(mia, open_page):
    page = open_page(mia, java_script_enabled=False)
    page.goto("/dashboard/rewards")
    page.get_by_label("Search").fill("Record")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Redeem Record of the month").click()
    page.get_by_role("button", name="Redeem now").click()
    expect(page.locator("#redemption")).to_contain_text("Waiting for approval")
    page.get_by_role("link", name="Cancel this redemption").click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator(".message.success")).to_contain_text("Your points are back.")


def list_addresses():
    reward, gone = (Reward.objects.get(title=title) for title in ("Turntable", "Concert ticket"))
    coffee = Reward.objects.get(title="Record of the month")
    waiting = Redemption.objects.get(status=RedemptionStatus.PENDING)
    approved = Redemption.objects.get(status=RedemptionStatus.APPROVED)
    pages = [
        "badges",
        "rewards",
        "rewards?search=nothing+is+like+this",
        f"rewards/{reward.pk}",
        f"rewards/{gone.pk}",
        f"rewards/{coffee.pk}/redeem",
        "options",
        "options/voucher/redeem?points=200",
        "redemptions",
        f"redemptions/{approved.pk}",
        f"redemptions/{waiting.pk}/cancel",
        "points/referrals",
        "points/referrals/new-code",
        "leaderboards/events?timeframe=month",
        "leaderboards/preferences",
    ]
    return [f"/dashboard/{page}" for page in pages]


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_or_is_too_wide(mia, open_page, scheme, width):
    page = open_page(mia, color_scheme=scheme, **CHECKED)
    page.set_viewport_size({"width": width, "height": 812})
    broken = {}
    for address in list_addresses():
        assert page.goto(address).status == 200, address
        if violations := list_violations(page):
            broken[address] = violations
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            broken[address] = f"is {needed} pixels wide"
    assert broken == {}
