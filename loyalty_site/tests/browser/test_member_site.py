"""What members do on their pages, in a browser that complains about every error."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from loyalty_site.tests.browser.test_accessibility import CHECKED, list_violations
from points.services.activities import ActivityReport, record_activities
from referrals.services import get_or_issue_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct-horse-9"
FIRST_PAGE_BYTES_MAX = 150_000
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}
PAGES = (
    "/dashboard",
    "/dashboard/points/transactions",
    "/dashboard/points/expiring",
    "/dashboard/points/levels",
    "/dashboard/password",
)
OPEN_PAGES = ("/", "/login", "/auth/jwt/sign-up?ref=NOBODYS1")


@pytest.fixture
def mia(programme, make_member, now):
    """Return a member with forty transactions, some of whose points lapse soon."""
    member = make_member("mia", name="Mia Moreau", password=PASSWORD)
    reports = [
        ActivityReport(
            event_id=f"event-{number}",
            user_id="mia",
            action="ATTEND_EVENT" if number % 2 else "MAKE_CONNECTION",
            occurred_at=now - timedelta(days=number),
            expires_at=now + timedelta(days=5 + 20 * number),
        )
        for number in range(40)
    ]
    record_activities(reports=reports, now=now)
    return member


@pytest.fixture
def this_site_is_the_front_end(settings, live_server):
    settings.REFERRAL_SIGN_UP_URL = f"{live_server.url}/auth/jwt/sign-up"


def test_a_friend_joins_by_a_link_on_a_phone(mia, open_page, now, this_site_is_the_front_end):
    code = get_or_issue_code(member=mia, now=now).code
    page = open_page(phone=True)
    page.goto(f"/r/{code}")
    expect(page.get_by_text("Mia Moreau invites you")).to_be_visible()
    expect(page.get_by_label("Referral code")).to_have_value(code)
    page.get_by_label("Name").fill("Ben")
    page.get_by_label("E-mail").fill("ben@example.com")
    page.get_by_label("Password").fill("battery-staple-7")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_text("Welcome, Ben!")).to_be_visible()
    expect(page.get_by_role("heading", name="Hello, Ben")).to_be_visible()


def test_a_wrong_password_then_the_right_one_then_out(mia, open_page):
    page = open_page()
    page.goto("/dashboard/points/levels")
    page.get_by_label("E-mail").fill("mia@example.com")
    page.get_by_label("Password").fill("wrong-horse-9")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text(
        "The e-mail or the password is wrong."
    )
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Levels", exact=True)).to_be_visible()
    page.locator("#user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Points people can trust.")).to_be_visible()


def test_transactions_are_narrowed_in_place_and_taken_away(mia, open_page):
    page = open_page(mia)
    page.goto("/dashboard/points/transactions")
    page.evaluate("window.isSame = true")
    page.get_by_text("Filter and order").click()
    page.get_by_label("For", exact=True).select_option("ATTEND_EVENT")
    expect(page.get_by_text("20 transactions")).to_be_visible()
    assert page.evaluate("window.isSame")
    page.get_by_role("link", name="Reset").click()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of")).to_be_visible()
    assert "page=2" in page.url
    page.go_back()
    expect(page.get_by_text("Page 1 of")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.startswith("points-")
    assert "closing_balance" in download.value.path().read_text()


def test_the_site_turns_german_and_stays_so(mia, open_page):
    page = open_page(mia)
    page.goto("/dashboard")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Hallo, Mia Moreau")).to_be_visible()
    page.get_by_role("link", name="Stufen", exact=True).click()
    expect(page.get_by_text("Du bist hier")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"


@pytest.mark.parametrize("address", ["/", "/dashboard"])
def test_a_first_visit_is_light(mia, open_page, address):
    """As the files are: production sends them compressed on top of that."""
    page = open_page(mia if address == "/dashboard" else None)
    sizes = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 4
    assert sum(sizes.values()) <= FIRST_PAGE_BYTES_MAX, sizes


@pytest.mark.parametrize(
    ("size", "color_scheme"),
    [
        (PHONE, "dark"),
        pytest.param(DESK, "light", marks=pytest.mark.long),
        pytest.param(DESK, "dark", marks=pytest.mark.long),
        pytest.param(PHONE, "light", marks=pytest.mark.long),
    ],
    ids=["phone by night", "desk by day", "desk by night", "phone by day"],
)
def test_no_page_breaks_a_rule_or_is_too_wide(mia, open_page, size, color_scheme):
    broken = {}
    for person, addresses in ((mia, PAGES), (None, OPEN_PAGES)):
        page = open_page(person, color_scheme=color_scheme, **CHECKED)
        page.set_viewport_size(size)
        for address in addresses:
            page.goto(address)
            width = page.evaluate("document.documentElement.scrollWidth")
            if problems := list_violations(page):
                broken[address] = problems
            if width > size["width"]:
                broken[f"{address} is too wide"] = width
    assert broken == {}
