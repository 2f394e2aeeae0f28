"""What a member redeemed, and the page of each."""

import uuid

import pytest

from points.models import PointAccount
from rewards.enums import RedemptionStatus
from rewards.models import CodePool
from rewards.services.catalogue import create_reward
from rewards.services.codes import add_codes
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db

REDEMPTIONS = "/dashboard/redemptions"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=500)


@pytest.fixture
def browser(client_of, mia):
    return client_of(mia)


@pytest.fixture
def tea(now):
    pool = CodePool.objects.create(name="Teas")
    add_codes(pool=pool, codes=["TEA-0001"], actor=None, now=now)
    fields = {"title": "Tea", "category": "Drinks", "points_required": 50, "code_pool": pool}
    return create_reward(fields=fields, now=now)


@pytest.fixture
def redemption(mia, tea, now):
    return redeem_reward(member=mia, reward_id=tea.pk, now=now)


def decide(redemption, status, approver, now, **notes):
    decide_redemption(redemption_id=redemption.pk, status=status, actor=approver, now=now, **notes)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long(
    browser, mia, tea, now, count, django_assert_num_queries
):
    for _ in range(count):
        redeem_reward(member=mia, reward_id=tea.pk, now=now)
    # Session, member, count, redemptions, and the balance in the header.
    with django_assert_num_queries(5):
        page = browser.get(REDEMPTIONS).text
    assert page.count('class="card redemption"') == count


def test_the_list_is_narrowed_and_says_when_it_is_empty(browser, redemption):
    assert "Tea" in browser.get(REDEMPTIONS, {"status": "PENDING"}).text
    assert "None of your redemptions" in browser.get(REDEMPTIONS, {"status": "APPROVED"}).text
    assert "Tea" in browser.get(REDEMPTIONS, {"status": "NONSENSE", "page": "x"}).text


def test_a_newcomer_is_led_to_the_rewards(client_of, make_member):
    page = client_of(make_member("leo")).get(REDEMPTIONS).text
    assert "You have not redeemed anything yet" in page
    assert 'href="/dashboard/rewards"' in page


def test_approval_shows_the_code_to_its_member_alone(
    browser, client_of, make_member, make_staff, redemption, now
):
    address = f"{REDEMPTIONS}/{redemption.pk}"
    waiting = browser.get(address).text
    assert "Waiting for approval" in waiting
    assert "A decision is to come" in waiting
    assert "TEA-0001" not in waiting

    decide(redemption, RedemptionStatus.APPROVED, make_staff("ann"), now, notes="Paid in full")

    approved = browser.get(address).text
    assert "TEA-0001" in approved
    assert "Cancel this redemption" not in approved
    assert "Paid in full" not in approved
    for other in (make_member("leo"), make_staff("bob")):
        assert client_of(other).get(address).status_code == 404


def test_a_rejected_one_tells_the_note_and_that_the_points_are_back(
    browser, make_staff, redemption, now
):
    decide(
        redemption,
        RedemptionStatus.REJECTED,
        make_staff("ann"),
        now,
        member_note="<b>Sorry</b>, we are closed.",
    )
    page = browser.get(f"{REDEMPTIONS}/{redemption.pk}").text
    assert "&lt;b&gt;Sorry&lt;/b&gt;, we are closed." in page
    assert "Your points came back." in page


def test_a_member_cancels_once_after_a_question(browser, mia, redemption):
    address = f"{REDEMPTIONS}/{redemption.pk}/cancel"
    assert "You get 50 points back" in browser.get(address).text
    assert "Cancelled. Your points are back." in browser.post(address, follow=True).text
    assert "You had cancelled this already." in browser.post(address, follow=True).text
    assert PointAccount.objects.get(member=mia).balance == 500


def test_what_was_decided_is_not_cancelled(browser, mia, make_staff, redemption, now):
    decide(redemption, RedemptionStatus.APPROVED, make_staff("ann"), now)
    answer = browser.post(f"{REDEMPTIONS}/{redemption.pk}/cancel", follow=True)
    assert "This was decided meanwhile" in answer.text
    assert PointAccount.objects.get(member=mia).balance == 450


def test_another_s_redemption_is_404_in_every_way(client_of, make_member, redemption):
    stranger = client_of(make_member("leo", points=50))
    for redemption_id in (redemption.pk, uuid.uuid4(), "tea"):
        address = f"{REDEMPTIONS}/{redemption_id}"
        assert stranger.get(address).status_code == 404
        assert stranger.get(f"{address}/cancel").status_code == 404
        assert stranger.post(f"{address}/cancel").status_code == 404
    redemption.refresh_from_db()
    assert redemption.status == RedemptionStatus.PENDING
