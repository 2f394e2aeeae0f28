"""Staff look why somebody has their points, and grant some, in a real browser."""

import pytest
from playwright.sync_api import expect

from points.services.activities import ActivityReport, record_activities

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mia(programme, make_member, now):
    """Return a member who has done a few things, one of them in vain."""
    member = make_member("mia", name="Mia Moreau", points=1_200)
    reports = [
        ActivityReport(event_id=f"event-{n}", user_id="mia", action=action, occurred_at=now)
        for n, action in enumerate(["ATTEND_EVENT", "HOST_EVENT", "JUGGLE"])
    ]
    record_activities(reports=reports, now=now)
    return member


@pytest.mark.parametrize("options", [{}, {"phone": True, "color_scheme": "dark"}])
def test_support_finds_a_member_grants_points_and_sees_the_balance_move(
    mia, make_staff, open_page, settings, options
):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 100
    page = open_page(make_staff("sue", "support"), **options)
    page.goto("/admin/rewards/redemption/")
    if options:
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("searchbox", name="Find a member").fill("moreau")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Mia Moreau").click()
    expect(page.locator("#member-balance")).to_have_text("1,225")
    # Until its script is there, a button leads to a page that asks the same.
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]

    page.get_by_role("button", name="Grant points").click()
    dialog = page.get_by_role("dialog", name="Grant points: Mia Moreau")
    dialog.get_by_label("Points").fill("500")
    expect(dialog).to_contain_text("The balance goes from 1,225 to 1,725.")
    dialog.get_by_label("Reason").fill("The parcel was late")
    dialog.get_by_role("button", name="Grant points").click()
    expect(dialog).to_contain_text("You may grant 100 more today.")
    dialog.get_by_label("Points").fill("50")
    dialog.get_by_role("button", name="Grant points").click()

    expect(page.locator(".messagelist")).to_contain_text("The balance is 1,275.")
    expect(page.locator("#member-balance")).to_have_text("1,275")
    ledger = page.locator("section[aria-labelledby=ledger-title] li").first
    expect(ledger).to_contain_text("The parcel was late")
    expect(ledger).to_contain_text("by Sue")
