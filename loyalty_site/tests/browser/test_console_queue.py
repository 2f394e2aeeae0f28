"""Staff decide redemptions in a real browser."""

import pytest
from playwright.sync_api import expect

from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward
from rewards.services.redemptions import redeem_reward

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUEUE = "/admin/rewards/redemption/"


@pytest.fixture
def redeem(programme, make_member, now):
    """Return a function that lets a new member redeem the cheapest reward."""

    def redeem_one(name, member=None):
        member = member or make_member(name, points=500)
        reward = Reward.objects.order_by("points_required").first()
        return redeem_reward(member=member, reward_id=reward.pk, now=now)

    return redeem_one


def row_of(page, redemption):
    return page.locator("#result_list tbody tr").filter(has_text=redemption.member.public_id)


def status_of(redemption):
    redemption.refresh_from_db()
    return redemption.status


def test_an_approver_signs_in_and_sees_what_waits(redeem, make_staff, open_page):
    redeem("mia")
    redeem("leo")
    approver = make_staff("ann", "approver")
    approver.set_password("a long enough password")
    approver.save()
    page = open_page()
    page.goto("/admin/")
    page.get_by_label("Email").fill(approver.email)
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="2 redemptions wait for a decision")).to_be_visible()
    page.get_by_role("link", name="Open the queue").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)


def test_a_wrong_password_is_told_without_saying_what_was_wrong(make_staff, open_page):
    page = open_page()
    page.goto("/admin/")
    page.get_by_label("Email").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".errornote")).to_be_visible()


def test_one_click_approves(redeem, make_staff, open_page):
    redemption = redeem("mia")
    other = redeem("leo")
    page = open_page(make_staff("ann", "approver"))
    page.goto(QUEUE)
    row_of(page, redemption).get_by_role("button", name="Approve").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Approved")
    expect(row_of(page, redemption)).to_have_count(0)
    assert status_of(redemption) == RedemptionStatus.APPROVED
    assert status_of(other) == RedemptionStatus.PENDING


def test_rejecting_asks_for_a_reason_and_returns_the_points(redeem, make_staff, open_page):
    redemption = redeem("mia")
    page = open_page(make_staff("ann", "approver"))
    page.goto(QUEUE)
    row_of(page, redemption).get_by_role("button", name="Reject").click()
    dialog = page.get_by_role("dialog", name="Reject this redemption?")
    expect(dialog).to_contain_text("points go back")
    reject = dialog.get_by_role("button", name="Reject")
    dialog.get_by_label("Reason").fill("   ")
    reject.click()
    expect(dialog.get_by_role("alert")).to_contain_text("Say why")
    assert status_of(redemption) == RedemptionStatus.PENDING
    dialog.get_by_label("Reason").fill("The café has closed.")
    dialog.get_by_label("Note to the member").fill("We are sorry.")
    reject.click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".messagelist .success")).to_contain_text("points went back")
    assert status_of(redemption) == RedemptionStatus.REJECTED
    assert redemption.admin_notes == "The café has closed."
    assert redemption.member_note == "We are sorry."
    assert redemption.member.point_account.balance == 500


@pytest.mark.parametrize("phone", [False, True])
def test_several_are_approved_together_after_one_question(redeem, make_staff, open_page, phone):
    redemptions = [redeem("mia"), redeem("leo"), redeem("amara")]
    page = open_page(make_staff("ann", "approver"), phone=phone)
    page.goto(QUEUE)
    if phone:
        page.get_by_text("Select all", exact=True).click()
        row_of(page, redemptions[0]).locator("td.action-checkbox").click(position={"x": 4, "y": 9})
        expect(page.locator(".action-counter")).to_have_text("2 of 3 selected")
    page.get_by_label("Select all").press("Space")
    expect(page.locator(".action-counter")).to_have_text("3 of 3 selected")
    page.get_by_label("Action:").select_option("approve_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    assert {status_of(redemption) for redemption in redemptions} == {RedemptionStatus.PENDING}
    page.get_by_role("button", name="Approve 3 redemptions").click()
    expect(page.locator(".messagelist .success")).to_contain_text("3 redemptions")
    expect(page.locator(".empty")).to_contain_text("Nobody waits for a decision")
    assert {status_of(redemption) for redemption in redemptions} == {RedemptionStatus.APPROVED}


def test_nobody_decides_their_own_redemption(redeem, make_staff, make_member, open_page, now):
    approver = make_staff("ann", "approver")
    colleague = redeem("mia")
    give_points(approver, now)
    own = redeem("ann", member=approver)
    page = open_page(approver)
    page.goto(QUEUE)
    expect(row_of(page, own)).to_contain_text("a colleague decides")
    expect(row_of(page, own).get_by_role("button")).to_have_count(0)
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option("approve_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator(".left-out")).to_contain_text("yours, a colleague decides")
    page.get_by_role("button", name="Approve 1 redemption").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert status_of(own) == RedemptionStatus.PENDING
    assert status_of(colleague) == RedemptionStatus.APPROVED


def test_a_reader_sees_the_queue_without_buttons(redeem, make_staff, open_page):
    redemption = redeem("mia")
    page = open_page(make_staff("ada", "auditor"))
    page.goto(QUEUE)
    expect(row_of(page, redemption)).to_have_count(1)
    expect(row_of(page, redemption).get_by_role("button")).to_have_count(0)


def test_a_filter_opens_by_keyboard_and_narrows_the_list(redeem, make_staff, open_page):
    redeem("mia")
    page = open_page(make_staff("ann", "approver"))
    page.goto(QUEUE)
    page.locator("details.filter summary").filter(has_text="Status").press("Enter")
    page.get_by_role("link", name="Completed").click()
    expect(page.locator(".empty")).to_contain_text("No redemptions match")
    assert Redemption.objects.count() == 1


def test_without_a_script_every_decision_is_taken_by_pages(redeem, make_staff, open_page):
    approved, rejected = redeem("mia"), redeem("leo")
    page = open_page(make_staff("ann", "approver"), java_script_enabled=False)
    page.goto(QUEUE)
    row_of(page, approved).get_by_role("button", name="Approve").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Approved")
    row_of(page, rejected).get_by_role("button", name="Reject").click()
    reject = page.get_by_role("button", name="Reject 1 redemption")
    reject.click()
    expect(page.locator(".errorlist")).to_contain_text("Say why")
    page.get_by_label("Reason").fill("The café has closed.")
    reject.click()
    expect(page.locator(".messagelist .success")).to_contain_text("points went back")
    assert status_of(approved) == RedemptionStatus.APPROVED
    assert status_of(rejected) == RedemptionStatus.REJECTED


def give_points(person, now):
    from points.services.postings import Cause, Source, award_points  # noqa: PLC0415

    award_points(
        account_id=person.point_account.pk,
        amount=500,
        cause=Cause(source=Source(type="test", id="own", rule="start"), occurred_at=now),
        now=now,
    )


def test_many_are_decided_in_parts_and_a_break_costs_nothing(redeem, make_staff, open_page):
    redemptions = [redeem(f"member-{number}") for number in range(30)]
    page = open_page(make_staff("ann", "approver"))
    page.goto(QUEUE)
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option("reject_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_label("Reason").fill("Closed")
    page.set_viewport_size({"width": 375, "height": 812})
    session = page.context.cookies()
    parts = []

    def send(route):
        parts.append(route.request.post_data.count("redemption="))
        if len(parts) == 2:
            page.context.clear_cookies(name="sessionid")
        route.continue_()

    page.route("**/decide/reject/", send)

    page.get_by_role("button", name="Reject 30 redemptions").click()
    expect(page.get_by_role("status")).to_contain_text("signed out. 25 of 30 are decided")
    page.context.add_cookies(session)
    page.get_by_role("button", name="Send the rest").click()

    expect(page.get_by_role("status")).to_contain_text("Rejected: 30 of 30")
    assert parts == [25, 5, 5]
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("link", name="Back to the list").press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    assert {status_of(redemption) for redemption in redemptions} == {RedemptionStatus.REJECTED}
