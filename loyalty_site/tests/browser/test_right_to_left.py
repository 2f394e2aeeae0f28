"""The member site in a language from right to left: nothing is too wide, and all is mirrored."""

import pytest

from loyalty_site.tests.browser.member_scene import set_member_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARABIC = {"locale": "ar"}
PHONE_WIDTH = 375
PAGES = (
    "/live",
    "/dashboard",
    "/dashboard/points/transactions",
    "/dashboard/points/expiring",
    "/dashboard/points/levels",
    "/dashboard/points/referrals",
    "/dashboard/badges",
    "/dashboard/rewards",
    "/dashboard/options",
    "/dashboard/redemptions",
    "/dashboard/leaderboards/events",
    "/dashboard/password",
)


@pytest.fixture
def mia(programme, make_member, make_staff, now, settings):
    """Return a member on a site that also speaks Arabic, as far as Django does."""
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Arabic")]
    return set_member_scene(make_member=make_member, approver=make_staff("ann"), now=now)


def left_of(page, selector):
    return page.locator(selector).first.bounding_box()["x"]


@pytest.mark.long
def test_no_page_is_too_wide_on_a_phone(mia, open_page):
    page = open_page(mia, phone=True, **ARABIC)
    too_wide = {}
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.dir") == "rtl"
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE_WIDTH:
            too_wide[address] = width
    assert too_wide == {}
    # The current page's link is in sight, though it is far along the row.
    page.goto("/dashboard/leaderboards/events")
    assert 0 <= left_of(page, ".pages [aria-current]") < PHONE_WIDTH


def test_the_navigation_stands_on_the_right(mia, open_page):
    page = open_page(mia, **ARABIC)
    page.goto("/dashboard")
    assert left_of(page, ".pages") > left_of(page, "main")
    assert left_of(page, ".brand") > left_of(page, ".top-end")
    assert left_of(page, ".line-what") > left_of(page, ".line-amount")
