"""The queue stays true while it is open, over a real socket and without one."""

import re

import pytest
from playwright.sync_api import expect

from loyalty_site.tests.browser.test_console_queue import QUEUE, redeem, row_of, status_of
from rewards.enums import RedemptionStatus
from rewards.services.redemptions import cancel_redemption, decide_redemption

__all__ = ["redeem"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # A browser that turns away from a page leaves style sheets half sent.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
    ),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


@pytest.fixture
def ann(make_staff):
    return make_staff("ann", "approver")


@pytest.fixture
def open_queue(open_live_page):
    """Return a function that opens the queue and waits until it listens."""

    def open_one(person, **options):
        page = open_live_page(person, **options)
        page.goto(QUEUE)
        expect(page.locator(".live")).to_have_text("Live")
        return page

    return open_one


def test_a_new_redemption_appears_by_itself(redeem, ann, open_queue):
    first = redeem("mia")
    page = open_queue(ann)
    second = redeem("leo")
    expect(row_of(page, second)).to_be_visible()
    expect(row_of(page, second)).to_have_class(re.compile("is-new"))
    expect(row_of(page, first)).to_be_visible()
    expect(page.locator(".toasts")).to_contain_text("A redemption arrived.")
    expect(page.locator(".paginator")).to_contain_text("2 redemptions")
    counter = page.locator(".action-counter")
    expect(counter).to_have_text("0 of 2 selected")
    page.get_by_label("Select all").check()
    expect(counter).to_have_text("2 of 2 selected")
    row_of(page, second).get_by_role("button", name="Approve").click()
    expect(row_of(page, second)).to_have_count(0)
    expect(counter).to_have_text("1 of 1 selected")
    row_of(page, first).get_by_role("checkbox").uncheck()
    expect(counter).to_have_text("0 of 1 selected")
    page.keyboard.press("x")
    expect(page.get_by_label("Select all")).to_be_checked()
    assert status_of(second) == RedemptionStatus.APPROVED


def test_what_a_colleague_decides_says_so_in_its_place(redeem, ann, make_staff, open_queue):
    decided, left = redeem("mia"), redeem("leo")
    one, other = open_queue(ann), open_queue(make_staff("bob", "approver"))
    row_of(one, decided).get_by_role("button", name="Approve").click()
    expect(row_of(one, decided)).to_have_count(0)
    expect(row_of(other, decided)).to_contain_text("Approved by Ann a moment ago")
    expect(row_of(other, decided).get_by_role("button")).to_have_count(0)
    expect(row_of(other, decided).get_by_role("checkbox")).to_be_disabled()
    expect(other.locator(".action-counter")).to_have_text("0 of 1 selected")
    expect(row_of(other, left).get_by_role("button", name="Approve")).to_be_enabled()


def test_what_a_member_cancels_says_so_in_its_place(redeem, ann, open_queue, now):
    redemption, _ = redeem("mia"), redeem("leo")
    page = open_queue(ann)
    cancel_redemption(member=redemption.member, redemption_id=redemption.pk, now=now)
    expect(row_of(page, redemption)).to_contain_text("Cancelled a moment ago")


def test_of_two_who_decide_the_second_is_told_politely(redeem, ann, make_staff, open_page, now):
    # Without a socket, so that the second does not know yet.
    redemption, _ = redeem("mia"), redeem("leo")
    page = open_page(ann)
    page.goto(QUEUE)
    decide_redemption(
        redemption_id=redemption.pk,
        status=RedemptionStatus.REJECTED,
        actor=make_staff("bob", "approver"),
        notes="Closed",
        now=now,
    )
    row_of(page, redemption).get_by_role("button", name="Approve").click()
    expect(page.locator(".toasts .warning")).to_contain_text(
        "This redemption was rejected by Bob and cannot become approved."
    )
    expect(row_of(page, redemption)).to_contain_text("Rejected by Bob a moment ago")
    assert status_of(redemption) == RedemptionStatus.REJECTED


def test_the_list_refreshes_without_a_socket(redeem, make_staff, open_page):
    redeem("mia")
    page = open_page(make_staff("ada", "auditor"))
    page.clock.install()
    page.goto(QUEUE)
    expect(page.locator(".live")).to_contain_text("Refreshes every 20 seconds")
    second = redeem("leo")
    page.clock.fast_forward(21_000)
    expect(row_of(page, second)).to_be_visible()
    expect(row_of(page, second).get_by_role("button")).to_have_count(0)


def test_somebody_who_was_signed_out_is_told(redeem, ann, open_page):
    redemption = redeem("mia")
    page = open_page(ann)
    page.goto(QUEUE)
    page.context.clear_cookies(name="sessionid")
    row_of(page, redemption).get_by_role("button", name="Approve").click()
    expect(page.locator(".toasts .error")).to_contain_text("You have been signed out")
    assert status_of(redemption) == RedemptionStatus.PENDING


def test_the_last_one_decided_leaves_an_empty_queue(redeem, ann, open_queue):
    redemption = redeem("mia")
    page = open_queue(ann)
    row_of(page, redemption).get_by_role("button", name="Approve").click()
    expect(page.locator(".empty")).to_contain_text("Nobody waits for a decision")
    redeem("leo")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)


def test_a_queue_is_worked_through_by_keyboard_alone(redeem, ann, open_queue):
    # Of one instant, so that the id decides which comes first.
    redemptions = [redeem(name) for name in ("mia", "leo", "noa", "kim")]
    redemptions.sort(key=lambda redemption: redemption.pk)
    page = open_queue(ann)
    press = page.keyboard.press
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()

    press("j")
    press("j")
    press("k")
    expect(row_of(page, redemptions[0])).to_be_focused()
    press("a")
    expect(row_of(page, redemptions[0])).to_have_count(0)
    expect(row_of(page, redemptions[1])).to_be_focused()
    press("r")
    dialog = page.get_by_role("dialog", name="Reject this redemption?")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("jar of arks")
    press("Tab")
    press("Tab")
    press("Tab")
    press("Enter")
    expect(dialog).to_be_hidden()
    expect(row_of(page, redemptions[1])).to_have_count(0)
    expect(row_of(page, redemptions[2])).to_be_focused()
    press("x")
    expect(row_of(page, redemptions[2]).get_by_role("checkbox")).to_be_checked()
    press("/")
    expect(page.locator("#searchbar")).to_be_focused()
    page.keyboard.type(redemptions[3].member.public_id)
    press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    assert [status_of(redemption) for redemption in redemptions] == [
        RedemptionStatus.APPROVED,
        RedemptionStatus.REJECTED,
        RedemptionStatus.PENDING,
        RedemptionStatus.PENDING,
    ]


def test_the_queue_is_worked_through_in_a_hand_and_in_the_dark(redeem, ann, open_queue):
    first, second = redeem("mia"), redeem("leo")
    page = open_queue(ann, phone=True, color_scheme="dark", has_touch=True)
    row_of(page, first).get_by_role("button", name="Approve").tap()
    expect(row_of(page, first)).to_have_count(0)
    row_of(page, second).get_by_role("button", name="Reject").tap()
    dialog = page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    dialog.get_by_label("Reason").fill("Closed")
    dialog.get_by_role("button", name="Reject").tap()
    expect(page.locator(".empty")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
