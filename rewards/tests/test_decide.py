"""Deciding redemptions: who may, which way, and what goes back."""

import uuid
from datetime import timedelta

import pytest

from points.models import PointAccount, PointLot
from points.services.expiry import expire_due_lots
from points.services.postings import Cause, Source, award_points
from points.tests.audits import audit
from rewards.enums import RedemptionStatus
from rewards.errors import InvalidTransition, OwnRedemption, RedemptionNotFound
from rewards.models import Redemption
from rewards.selectors import list_rewards_with_wrong_stock
from rewards.services.catalogue import update_reward
from rewards.services.redemptions import (
    cancel_redemption,
    decide_redemption,
    decide_redemptions,
    redeem_reward,
)
from rewards.signals import redemption_decided

pytestmark = pytest.mark.django_db

APPROVED, REJECTED = RedemptionStatus.APPROVED, RedemptionStatus.REJECTED
COMPLETED, CANCELLED = RedemptionStatus.COMPLETED, RedemptionStatus.CANCELLED
PENDING = RedemptionStatus.PENDING
WAYS_THERE = {
    PENDING: [],
    APPROVED: [APPROVED],
    COMPLETED: [APPROVED, COMPLETED],
    REJECTED: [REJECTED],
    CANCELLED: [CANCELLED],
}
ALLOWED = {
    (PENDING, APPROVED),
    (PENDING, REJECTED),
    (PENDING, CANCELLED),
    (APPROVED, COMPLETED),
    (APPROVED, REJECTED),
}


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=120)


@pytest.fixture
def redemption(mia, reward, now):
    return redeem_reward(member=mia, reward_id=reward.pk, now=now)


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


def test_approving_keeps_points_and_stock_where_they_are(redemption, mia, approver, reward, now):
    later = now + timedelta(hours=2)

    decided = decide_redemption(
        redemption_id=redemption.pk, status=APPROVED, actor=approver, notes="Seen", now=later
    )

    reward.refresh_from_db()
    decided.refresh_from_db()
    assert (decided.status, decided.approved_at, decided.decided_by) == (APPROVED, later, approver)
    assert decided.admin_notes == "Seen"
    assert (balance_of(mia), reward.quantity) == (70, 9)


@pytest.mark.parametrize("way", [[REJECTED], [APPROVED, REJECTED], [CANCELLED]])
def test_what_is_returned_comes_back_whole(redemption, mia, approver, reward, now, way):
    for status in way:
        decide_redemption(redemption_id=redemption.pk, status=status, actor=approver, now=now)

    reward.refresh_from_db()
    redemption.refresh_from_db()
    account = PointAccount.objects.get(member=mia)
    assert (account.balance, account.lifetime_points, reward.quantity) == (120, 120, 10)
    assert redemption.reversal.reversal_of == redemption.spend
    assert redemption.reversal.actor == approver
    assert redemption.reversal.source_id == str(redemption.pk)
    assert not list_rewards_with_wrong_stock().exists()


@pytest.mark.parametrize("to", list(RedemptionStatus))
@pytest.mark.parametrize("start", list(RedemptionStatus))
def test_only_the_documented_steps_can_be_taken(redemption, approver, now, start, to):
    for status in WAYS_THERE[start]:
        decide_redemption(redemption_id=redemption.pk, status=status, actor=approver, now=now)

    def step():
        return decide_redemption(
            redemption_id=redemption.pk, status=to, actor=approver, now=now
        ).status

    if (start, to) in ALLOWED:
        assert step() == to
    else:
        with pytest.raises(InvalidTransition) as caught:
            step()
        assert caught.value.details == {"from": start, "to": to}
        redemption.refresh_from_db()
        assert redemption.status == start


def test_what_a_closed_account_paid_goes_back_to_it(redemption, mia, approver, reward, now):
    PointAccount.objects.filter(member=mia).update(closed_at=now)

    decide_redemption(redemption_id=redemption.pk, status=REJECTED, actor=approver, now=now)

    reward.refresh_from_db()
    redemption.refresh_from_db()
    assert (balance_of(mia), reward.quantity) == (120, 10)
    assert redemption.reversal.amount == 50
    assert audit() == []


def test_a_second_decider_is_told_who_decided(redemption, approver, make_staff, now):
    decide_redemption(redemption_id=redemption.pk, status=APPROVED, actor=approver, now=now)

    with pytest.raises(InvalidTransition, match="already approved by Ann"):
        decide_redemption(
            redemption_id=redemption.pk, status=APPROVED, actor=make_staff("bob"), now=now
        )


def test_who_approved_stays_on_record_when_somebody_else_completes(
    redemption, approver, make_staff, now
):
    bob = make_staff("bob")
    decide_redemption(redemption_id=redemption.pk, status=APPROVED, actor=approver, now=now)
    decide_redemption(redemption_id=redemption.pk, status=COMPLETED, actor=bob, now=now)

    redemption.refresh_from_db()
    assert (redemption.approved_by, redemption.decided_by) == (approver, bob)


def test_nobody_decides_their_own(make_staff, reward, now):
    ann = make_staff("ann")
    award(ann, 50, now)
    own = redeem_reward(member=ann, reward_id=reward.pk, now=now)

    with pytest.raises(OwnRedemption):
        decide_redemption(redemption_id=own.pk, status=APPROVED, actor=ann, now=now)

    own.refresh_from_db()
    assert own.status == PENDING


@pytest.mark.parametrize("redemption_id", [uuid.uuid4(), "abc", "", "1\x00"])
def test_an_unknown_redemption_is_not_found(approver, now, redemption_id):
    with pytest.raises(RedemptionNotFound):
        decide_redemption(redemption_id=redemption_id, status=APPROVED, actor=approver, now=now)


def test_a_member_cancels_while_it_waits(redemption, mia, reward, now):
    cancelled = cancel_redemption(member=mia, redemption_id=redemption.pk, now=now)

    reward.refresh_from_db()
    assert (cancelled.status, cancelled.cancelled_at) == (CANCELLED, now)
    assert cancelled.decided_by is None
    assert (balance_of(mia), reward.quantity) == (120, 10)


def test_a_member_cannot_cancel_what_is_approved(redemption, mia, approver, now):
    decide_redemption(redemption_id=redemption.pk, status=APPROVED, actor=approver, now=now)

    with pytest.raises(InvalidTransition) as caught:
        cancel_redemption(member=mia, redemption_id=redemption.pk, now=now)

    assert "Ann" not in caught.value.message


def test_a_member_cannot_cancel_another_members(redemption, make_member, now):
    with pytest.raises(RedemptionNotFound):
        cancel_redemption(member=make_member("ben"), redemption_id=redemption.pk, now=now)


def award(member, amount, now, days=None):
    return award_points(
        account_id=member.point_account.pk,
        amount=amount,
        cause=Cause(
            source=Source(type="test", id=str(uuid.uuid4()), rule="award"), occurred_at=now
        ),
        now=now,
    )


def test_points_go_back_to_the_lots_they_came_from(make_member, make_reward, approver, now):
    mia = make_member("mia")
    award(mia, 30, now)
    award(mia, 40, now + timedelta(days=10))
    lots = list(PointLot.objects.filter(account__member=mia).order_by("pk"))
    tea = make_reward(points_required=50)
    redemption = redeem_reward(member=mia, reward_id=tea.pk, now=now + timedelta(days=11))
    assert [lot.remaining for lot in PointLot.objects.order_by("pk")] == [0, 20]

    decide_redemption(
        redemption_id=redemption.pk, status=REJECTED, actor=approver, now=now + timedelta(days=12)
    )

    after = list(PointLot.objects.filter(account__member=mia).order_by("pk"))
    assert [lot.remaining for lot in after] == [30, 40]
    assert [lot.expires_at for lot in after] == [lot.expires_at for lot in lots]


def test_a_lot_that_lapsed_meanwhile_lives_seven_more_days(mia, redemption, approver, now):
    lot = PointLot.objects.get(account__member=mia)
    assert lot.expires_at is not None
    later = lot.expires_at + timedelta(days=3)
    list(expire_due_lots(now=later))
    assert balance_of(mia) == 0

    decide_redemption(redemption_id=redemption.pk, status=REJECTED, actor=approver, now=later)

    lot.refresh_from_db()
    assert (balance_of(mia), lot.remaining) == (50, 50)
    assert timedelta(days=7) <= lot.expires_at - later <= timedelta(days=8)


def test_a_unit_goes_back_only_to_the_shelf_it_came_from(
    make_member, make_reward, approver, reward, now
):
    tea = make_reward(quantity=None)
    unlimited = redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)
    update_reward(reward_id=tea.pk, fields={"quantity": 5}, now=now)

    decide_redemption(redemption_id=unlimited.pk, status=REJECTED, actor=approver, now=now)

    tea.refresh_from_db()
    assert tea.quantity == 5
    assert not list_rewards_with_wrong_stock().exists()


def test_a_bulk_decision_decides_the_others_and_names_the_refused(
    redemption, mia, reward, approver, now
):
    other = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    decide_redemption(redemption_id=redemption.pk, status=REJECTED, actor=approver, now=now)

    refused, decided = decide_redemptions(
        redemption_ids=[str(redemption.pk), str(other.pk)],
        status=APPROVED,
        actor=approver,
        now=now,
    )

    assert refused.redemption is None
    assert isinstance(refused.refusal, InvalidTransition)
    assert decided.redemption == other
    assert set(Redemption.objects.values_list("status", flat=True)) == {REJECTED, APPROVED}


def test_receivers_hear_who_decided(redemption, mia, approver, now):
    heard = []

    def listen(redemption, actor, **_):
        heard.append((redemption.status, actor))

    redemption_decided.connect(listen)
    try:
        decide_redemption(redemption_id=redemption.pk, status=APPROVED, actor=approver, now=now)
    finally:
        redemption_decided.disconnect(listen)

    assert heard == [(APPROVED, approver)]
