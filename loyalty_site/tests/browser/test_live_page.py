"""The page of live events, over a real socket."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from loyalty_site.accounts.services import issue_tokens
from loyalty_site.realtime.outbox import NewEvent, write_events
from loyalty_site.tests.browser.test_accessibility import CHECKED, list_violations
from loyalty_site.tests.browser.test_pages import CONTRASTS
from points.models import PointAccount
from points.services.postings import Cause, Source, award_points

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # A browser that turns away from a page leaves style sheets half sent.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
    ),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]

# An award is to be on the page within a second; a busy machine may take longer.
ARRIVAL_MILLISECONDS_MAX = 5_000


@pytest.fixture
def award(now):
    """Return a function that awards a member so many points."""

    def give(member, points):
        award_points(
            account_id=PointAccount.objects.get(member=member).pk,
            amount=points,
            cause=Cause(source=Source(type="test", id=str(points), rule="page"), occurred_at=now),
            now=now,
        )

    return give


@pytest.fixture
def open_live(open_live_page):
    """Return a function that opens the page and waits until it listens."""

    def open_one(person, **options):
        page = open_live_page(person, **options)
        page.goto("/live")
        expect_live(page, person)
        return page

    return open_one


def expect_live(page, person):
    expect(page.locator("[data-say]")).to_have_text(f"Live as {person.public_id}")


def rows(page):
    return page.locator(".live-event:visible")


def numbers(page):
    return page.locator(".live-event [data-seq]").all_text_contents()


def test_what_happens_is_on_the_open_page_at_once(programme, member, award, open_live):
    page = open_live(member)
    expect(page.locator("[data-empty]")).to_contain_text("What happens to mia appears here")

    award(member, 1_200)

    expect(rows(page)).to_have_count(2, timeout=ARRIVAL_MILLISECONDS_MAX)
    expect(rows(page).first).to_contain_text("Level silver reached.")
    points = rows(page).last
    expect(points).to_contain_text("+1,200 points")
    expect(points).to_contain_text("The balance is 1,200.")
    expect(points.locator("pre")).to_be_hidden()
    expect(page.get_by_role("banner")).to_contain_text("1,200")
    points.get_by_text("JSON").click()
    expect(points.locator("pre")).to_contain_text('"lifetimePoints": 1200')


def test_a_dropped_connection_loses_nothing_and_doubles_nothing(member, award, open_live_page):
    page = open_live_page(member)
    sockets = []

    def pass_on(socket):
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket("**/ws/**", pass_on)
    page.goto("/live")
    expect_live(page, member)
    award(member, 1)
    expect(rows(page)).to_have_count(1)

    sockets[0].close(code=1012)
    expect(page.locator("[data-say]")).to_contain_text("Connection lost")
    award(member, 2)
    award(member, 3)
    expect_live(page, member)
    award(member, 4)

    expect(rows(page)).to_have_count(4)
    assert numbers(page) == ["#4", "#3", "#2", "#1"]
    # A page that is loaded again goes on from there, and all that is kept can be had again.
    page.reload()
    expect_live(page, member)
    award(member, 5)
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Replay").click()
    expect(rows(page)).to_have_count(5)


def test_a_stranger_signs_in_right_there(make_member, open_live_page):
    eva = make_member("eva", password="correct-horse-9")
    page = open_live_page()
    page.goto("/websocket-test.html")
    expect(page.locator("[data-empty]")).to_contain_text("Sign in, or use a token")
    page.get_by_label("E-mail").fill("eva@example.com")
    page.get_by_label("Password").fill("correct-horse-9")
    page.locator("#content").get_by_role("button", name="Sign in").click()

    expect_live(page, eva)
    assert page.url.endswith("/live")


def test_a_token_that_is_no_good_is_told_and_a_good_one_helps(member, award, open_live_page):
    page = open_live_page()
    page.goto("/live")
    page.get_by_label("Access token").fill("no.good.token")
    page.get_by_role("button", name="Connect").click()
    expect(page.locator("[data-say]")).to_have_text(
        "Refused. The token is not good, or no longer: sign in again."
    )

    page.get_by_label("Access token").fill(f"Bearer {issue_tokens(user=member)['accessToken']}")
    page.get_by_role("button", name="Connect").click()
    expect_live(page, member)
    expect(page.get_by_role("heading", name="Sign in")).to_be_hidden()
    expect(page.get_by_label("Access token")).to_be_hidden()
    award(member, 7)
    expect(rows(page)).to_have_count(1)


@pytest.mark.long
def test_a_long_list_is_narrowed_stopped_cut_and_cleared(programme, member, award, open_live, now):
    page = open_live(member)
    award(member, 1_000)
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Show").select_option("Level reached")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("[data-count]")).to_have_text("1 shown")
    page.get_by_label("Show").select_option("All events")

    page.get_by_role("button", name="Pause").click()
    award(member, 1)
    expect(page.get_by_role("button", name="Resume (1)")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Resume (1)").click()
    expect(rows(page)).to_have_count(3)

    with transaction.atomic():
        data = {"level": {"name": "gold", "tier": 3, "minPoints": 2_500}, "lifetimePoints": 2_500}
        event = NewEvent(member_id=member.pk, event="level-up", data=data)
        write_events(events=[event] * 200, now=now)
    expect(page.locator("[data-seq]").first).to_have_text("#203")
    expect(rows(page)).to_have_count(200)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("[data-empty]")).to_be_visible()


def test_staff_make_something_happen_and_see_it_arrive(programme, make_staff, open_live):
    page = open_live(make_staff("ann"))
    page.get_by_label("Action").select_option("PURCHASE")
    page.get_by_label("Amount").fill("250")
    page.get_by_role("button", name="Report").click()
    expect(rows(page).last).to_contain_text("+250 points")
    expect(page.locator("[data-arrived]")).to_contain_text("The first event was here after")

    page.get_by_label("Points", exact=True).fill("200")
    page.get_by_role("button", name="Redeem").click()
    expect(page.locator("[data-answer]")).to_have_text("201 · Points redeemed")
    expect(page.locator("#live-page")).to_contain_text("Voucher redeemed for 200 points.")
    page.get_by_text("Request and answer").click()
    expect(page.locator("[data-exchange] pre")).to_contain_text("POST /rewards/redeem/ann")


@pytest.mark.long
def test_the_page_breaks_no_rule_and_fits(programme, make_staff, award, settings, open_live_page):
    settings.LOYALTY_MODE = "demo"
    ann = make_staff("ann")
    page = open_live_page(**CHECKED)
    page.goto("/live")
    assert list_violations(page) == []
    assert page.evaluate(CONTRASTS) == []

    page = open_live_page(ann, phone=True, color_scheme="dark", reduced_motion="reduce", **CHECKED)
    page.goto("/live")
    expect_live(page, ann)
    award(ann, 1_000)
    expect(rows(page)).to_have_count(2)
    rows(page).first.get_by_text("JSON").click()
    assert list_violations(page) == []
    assert page.evaluate(CONTRASTS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
