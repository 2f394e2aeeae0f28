"""Which events are written, to whom, with what."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from loyalty_site.realtime.models import OutboxEvent
from points.models import LevelConfig, PointAccount, PointLot, PointTransaction
from points.services.activities import ActivityReport, record_activities
from points.services.postings import (
    Cause,
    Source,
    award_points,
    penalise_member,
    spend_points,
)
from points.services.reminders import remind_of_expiring_points
from points.tests.books import earn
from referrals.services import activate_referral, attach_referral, get_or_issue_code
from rewards.enums import PurchaseStatus, RedemptionStatus
from rewards.models import Reward
from rewards.services.catalogue import update_reward
from rewards.services.purchases import claim_discount, report_purchase
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward
from rewards.services.watches import tell_watchers, watch_reward


@pytest.fixture
def levels(db):
    """The levels an installation begins with, without the rest of the programme."""
    LevelConfig.objects.create(name="bronze", tier=1, min_points=0)
    LevelConfig.objects.create(name="silver", tier=2, min_points=1_000)
    LevelConfig.objects.create(name="gold", tier=3, min_points=2_500)


def _cause(now, id_="1"):
    return Cause(source=Source(type="test", id=id_, rule="catalogue"), occurred_at=now)


def _written(instant):
    """An instant as every answer writes it: in UTC with a Z."""
    return instant.isoformat().replace("+00:00", "Z")


def _told(room, event):
    events = OutboxEvent.objects.filter(room=room, event=event).order_by("id")
    return list(events.values_list("data", flat=True))


def _account_id(member):
    return PointAccount.objects.get(member=member).pk


def test_points_updated(member, now):
    posting = award_points(account_id=_account_id(member), amount=30, cause=_cause(now), now=now)
    assert _told("user-mia", "pointsUpdated") == [
        {
            "userId": "mia",
            "balance": 30,
            "lifetimePoints": 30,
            "change": 30,
            "type": "earn",
            "description": "",
            "transactionId": str(posting.transaction_id),
        }
    ]
    spend_points(account_id=_account_id(member), amount=12, cause=_cause(now, "2"), now=now)
    assert _told("user-mia", "pointsUpdated")[-1]["change"] == -12
    assert _told("user-mia", "pointsUpdated")[-1]["balance"] == 18


def test_a_replayed_posting_tells_nothing_new(member, now):
    for _ in range(2):
        award_points(account_id=_account_id(member), amount=30, cause=_cause(now), now=now)
    assert len(_told("user-mia", "pointsUpdated")) == 1


def test_a_penalty_that_took_nothing_tells_nothing(member, now):
    penalise_member(account_id=_account_id(member), amount=5, cause=_cause(now), now=now)
    assert PointTransaction.objects.get().shortfall == 5
    assert _told("user-mia", "pointsUpdated") == []


def test_level_up_once_per_level(levels, member, now):
    award_points(account_id=_account_id(member), amount=2_600, cause=_cause(now), now=now)
    award_points(account_id=_account_id(member), amount=10, cause=_cause(now, "2"), now=now)
    assert _told("user-mia", "level-up") == [
        {
            "userId": "mia",
            "level": {"name": name, "tier": tier, "minPoints": minimum},
            "lifetimePoints": 2_600,
        }
        for name, tier, minimum in (("silver", 2, 1_000), ("gold", 3, 2_500))
    ]


def test_what_was_rolled_back_was_never_told(member, now):
    with transaction.atomic():
        award_points(account_id=_account_id(member), amount=30, cause=_cause(now), now=now)
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_award_and_its_events_are_one_statement(levels, member, now, django_assert_num_queries):
    account_id = _account_id(member)
    with django_assert_num_queries(1):
        award_points(account_id=account_id, amount=2_600, cause=_cause(now), now=now)
    assert len(_told("user-mia", "pointsUpdated")) == 1
    assert len(_told("user-mia", "level-up")) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 3])
def test_a_report_and_its_events_are_two_statements(
    programme, make_member, now, django_assert_num_queries, count
):
    reports = [
        ActivityReport(
            event_id=f"purchase-{n}",
            user_id=make_member().public_id,
            action="PURCHASE",
            occurred_at=now,
            metadata={"amount": 3_000},
        )
        for n in range(count)
    ]
    # One finds the accounts, one does everything else.
    with django_assert_num_queries(2):
        record_activities(reports=reports, now=now)
    assert OutboxEvent.objects.filter(event="pointsUpdated").count() == count
    assert OutboxEvent.objects.filter(event="level-up").count() == 2 * count


def test_many_postings_at_once_are_told_like_single_ones(programme, make_member, now):
    members = [make_member(points=5 * n) for n in range(8)]
    reports = [
        ActivityReport(
            event_id=f"purchase-{n}",
            user_id=members[n % 8].public_id,
            action="PURCHASE",
            occurred_at=now,
            metadata={"amount": 10 + n},
        )
        for n in range(24)
    ]

    record_activities(reports=reports, now=now)

    for member in members:
        events = OutboxEvent.objects.filter(member=member).order_by("seq")
        entries = PointTransaction.objects.filter(account__member=member).order_by("version")
        assert [event.seq for event in events] == list(range(1, len(entries) + 1))
        assert [(event.event, event.room, event.data) for event in events] == [
            (
                "pointsUpdated",
                f"user-{member.public_id}",
                {
                    "userId": member.public_id,
                    "balance": entry.balance_after,
                    "lifetimePoints": entry.lifetime_after,
                    "change": entry.amount,
                    "type": "earn",
                    "description": entry.description,
                    "transactionId": str(entry.pk),
                },
            )
            for entry in entries
        ]


def test_a_thousand_activities_are_all_told(programme, make_member, now):
    members = [make_member() for _ in range(10)]
    record_activities(
        reports=[
            ActivityReport(
                event_id=f"visit-{n}",
                user_id=members[n % 10].public_id,
                action="PURCHASE",
                occurred_at=now,
                metadata={"amount": 3},
            )
            for n in range(1_000)
        ],
        now=now,
    )
    events = OutboxEvent.objects.filter(event="pointsUpdated")
    assert events.count() == PointTransaction.objects.count() == 1_000
    for member in members:
        told = events.filter(member=member).order_by("seq").values_list("data__balance", flat=True)
        assert list(told) == list(range(3, 303, 3))


@pytest.fixture
def redemption(make_member, now):
    reward = Reward.objects.create(title="Tea", category="Food & Drinks", points_required=50)
    return redeem_reward(member=make_member("mia", points=80), reward_id=reward.pk, now=now)


def test_reward_redeemed_and_redemption_requested(redemption, now):
    described = {
        "redemptionId": str(redemption.pk),
        "rewardId": str(redemption.reward_id),
        "title": "Tea",
        "points": 50,
        "status": "PENDING",
        "redeemedAt": _written(now),
        "userId": "mia",
    }
    assert _told("user-mia", "rewardRedeemed") == [described]
    assert _told("staff", "redemption-requested") == [{**described, "name": "Mia"}]


def test_redemption_updated_when_staff_decide(redemption, make_staff, now):
    decide_redemption(
        redemption_id=redemption.pk,
        status=RedemptionStatus.REJECTED,
        actor=make_staff("ann"),
        notes="Out of tea",
        now=now,
    )
    (told,) = _told("user-mia", "redemption-updated")
    assert told["status"] == "REJECTED"
    assert "Out of tea" not in str(told)
    assert told["decidedAt"] == _written(now)
    [staff_told] = _told("staff", "redemption-decided")
    assert staff_told == {**told, "name": "Mia", "decidedBy": "Ann"}
    assert "decidedBy" not in told
    # The points are back before the member hears why.
    assert _told("user-mia", "pointsUpdated")[-1]["balance"] == 80


def test_redemption_updated_when_the_member_cancels(redemption, now):
    cancel_redemption(member=redemption.member, redemption_id=redemption.pk, now=now)
    (told,) = _told("user-mia", "redemption-updated")
    assert told["status"] == "CANCELLED"
    [staff_told] = _told("staff", "redemption-decided")
    assert (staff_told["status"], staff_told["decidedBy"]) == ("CANCELLED", None)


def test_referral_signup_and_reward_go_to_the_referrer(programme, make_member, now):
    leo, mia = make_member("leo"), make_member("mia", name="Mia Long")
    code = get_or_issue_code(member=leo, now=now)
    referral = attach_referral(referred=mia, code=code.code, now=now)
    expected = {
        "userId": "leo",
        "referralId": str(referral.pk),
        "status": "converted",
        "referred": {"userId": "mia", "name": "Mia L."},
    }
    assert _told("user-leo", "referral-signup") == [expected]
    assert _told("user-leo", "referral-reward") == []
    activate_referral(referred=mia, now=now)
    activate_referral(referred=mia, now=now)
    assert _told("user-leo", "referral-reward") == [{**expected, "status": "activated"}]
    assert _told("user-mia", "referral-signup") == []


def _report(purchase_id, member, status, now):
    report_purchase(
        purchase_id=purchase_id,
        user_id=member.public_id,
        amount=Decimal("20.00"),
        currency="USD",
        status=status,
        now=now,
    )


def test_referral_reward_comes_with_the_first_completed_purchase_and_once(
    programme, make_member, now
):
    mia, leo = make_member("mia"), make_member("leo")
    attach_referral(referred=leo, code=get_or_issue_code(member=mia, now=now).code, now=now)

    _report("P1", leo, PurchaseStatus.DELIVERED, now)
    assert _told("user-mia", "referral-reward") == []

    for purchase_id in ("P1", "P1", "P2"):
        _report(purchase_id, leo, PurchaseStatus.COMPLETED, now)
    [told] = _told("user-mia", "referral-reward")
    assert told["referred"]["userId"] == "leo"


def test_a_discount_on_a_purchase_is_told_as_redeemed(make_member, now):
    mia = make_member("mia", points=500)
    _report("P1", mia, PurchaseStatus.IN_PROGRESS, now)
    claim_discount(member=mia, purchase_id="P1", points=320, now=now)
    assert _told("user-mia", "rewardRedeemed") == [
        {
            "userId": "mia",
            "redemptionId": None,
            "rewardId": None,
            "title": "3.20 USD off purchase P1",
            "points": 320,
            "status": "COMPLETED",
            "redeemedAt": _written(now),
            "purchaseRequestId": "P1",
            "creditAmount": 3.2,
            "currency": "USD",
        }
    ]


def test_points_expiring_says_how_much_and_when(member, make_member, now):
    earn(member, 30, days=5, now=now)
    earn(make_member("noa"), 7, days=90, now=now)
    for _ in range(2):
        reminders = [one for batch in remind_of_expiring_points(now=now) for one in batch]
    assert reminders == []
    [lot] = PointLot.objects.filter(account__member=member)
    assert _told("user-mia", "points-expiring") == [
        {
            "userId": "mia",
            "points": 30,
            "expiresAt": _written(lot.expires_at),
            "daysLeft": 6,
        }
    ]
    assert _told("user-noa", "points-expiring") == []


def test_reward_available(make_member, now):
    tea = Reward.objects.create(title="Tea", category="Food", points_required=50, quantity=0)
    for name in ("mia", "noa"):
        watch_reward(member=make_member(name), reward_id=tea.pk, now=now)
    update_reward(reward_id=tea.pk, fields={"quantity": 1}, now=now)

    list(tell_watchers(now=now))

    assert _told("user-mia", "reward-available") == [
        {
            "userId": "mia",
            "rewardId": str(tea.pk),
            "title": "Tea",
            "pointsRequired": 50,
            "turnEndsAt": _written(now + timedelta(hours=24)),
        }
    ]
    assert _told("user-noa", "reward-available") == []
