"""The rules of accessibility that a machine can check, on the pages staff work with."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from gamification.models import Metric
from loyalty_site.tests.browser.scene import set_scene
from rewards.models import Redemption

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES_MIN = 10
# What checks the pages writes styles into them, which their own policy would refuse.
CHECKED = {"bypass_csp": True}
BAD = ("serious", "critical")


def list_violations(page):
    """Return what breaks a rule badly, as the rule, the help and the elements."""
    response = Axe().run(page, options={"preload": False}).response
    # A page that could not be looked at would break no rule either.
    assert len(response["passes"]) > RULES_MIN
    return [
        (rule["id"], rule["help"], [node["html"][:120] for node in rule["nodes"]][:5])
        for rule in response["violations"]
        if rule["impact"] in BAD
    ]


@pytest.fixture
def admin(programme, make_staff, now):
    """Return a superuser of a console with a year behind it."""
    person = make_staff("ada")
    set_scene(approver=person, now=now)
    return person


@pytest.mark.parametrize("options", [{}, {"phone": True, "color_scheme": "dark"}])
def test_no_page_that_staff_work_with_breaks_a_rule(admin, open_page, options):
    waiting = Redemption.objects.filter(status="PENDING").first()
    metric = Metric.objects.get(code="events_attended")
    page = open_page(admin, **options, **CHECKED)
    broken = {}
    for address in (
        "/admin/",
        "/admin/rewards/redemption/",
        "/admin/rewards/redemption/?status=ALL",
        f"/admin/rewards/redemption/{waiting.pk}/change/",
        "/admin/rewards/reward/",
        "/admin/points/pointtransaction/",
        "/admin/accounts/user/",
        "/admin/accounts/user/member/shop-001/",
        f"/admin/gamification/metric/{metric.pk}/scores/",
    ):
        page.goto(address)
        if violations := list_violations(page):
            broken[address] = violations
    assert broken == {}


@pytest.mark.parametrize("options", [{}, {"phone": True, "color_scheme": "dark"}])
def test_the_question_before_several_are_decided_breaks_no_rule(admin, open_page, options):
    page = open_page(admin, **options, **CHECKED)
    page.goto("/admin/rewards/redemption/")
    for box in page.get_by_role("checkbox", name="Select this object").all()[:2]:
        box.check()
    page.get_by_label("Action:").select_option("reject_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("button", name="Reject 2 redemptions")).to_be_visible()
    assert list_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_no_dialog_breaks_a_rule(admin, open_page):
    page = open_page(admin, **CHECKED)
    page.goto("/admin/rewards/redemption/")
    page.get_by_role("button", name="Reject").first.click()
    assert list_violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert list_violations(page) == []
    page.goto("/admin/accounts/user/member/shop-001/")
    page.get_by_role("button", name="Grant points").click()
    dialog = page.get_by_role("dialog", name="Grant points")
    dialog.get_by_label("Points").fill("5")
    dialog.get_by_label("Reason").fill(" ")
    dialog.get_by_role("button", name="Grant points").click()
    dialog.get_by_text("Say why").wait_for()
    assert list_violations(page) == []


def test_the_sign_in_breaks_no_rule(open_page):
    page = open_page(**CHECKED)
    page.goto("/admin/login/")
    assert list_violations(page) == []
