"""The audit of the catalogue: shelves, and redemptions against the ledger."""

import random
from datetime import timedelta
from types import SimpleNamespace

import pytest

from points.errors import LoyaltyError
from points.models import PointAccount
from points.services.audit import Scope
from points.services.expiry import expire_due_lots
from points.tests.audits import audit, run_sql, tampering
from rewards.enums import RedemptionStatus
from rewards.models import Redemption
from rewards.services.catalogue import update_reward
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward

APPROVED, COMPLETED, REJECTED = (
    RedemptionStatus.APPROVED,
    RedemptionStatus.COMPLETED,
    RedemptionStatus.REJECTED,
)


@pytest.fixture
def there(make_member, make_reward, approver, now):
    """A redemption of each status, of a limited reward, and one of an unlimited one."""
    mia, noa = make_member("mia", points=1_000), make_member("noa", points=1_000)
    tea, air = make_reward("Tea", quantity=10), make_reward("Air")

    def decide(redemption, *statuses):
        for status in statuses:
            decide_redemption(redemption_id=redemption.pk, status=status, actor=approver, now=now)
        return redemption.pk

    redemptions = [redeem_reward(member=mia, reward_id=tea.pk, now=now) for _ in range(5)]
    cancel_redemption(member=mia, redemption_id=redemptions[4].pk, now=now)
    redeem_reward(member=noa, reward_id=air.pk, now=now)
    assert audit() == []
    return SimpleNamespace(
        mia=mia,
        noa=noa,
        tea=tea.pk,
        pending=redemptions[0].pk,
        approved=decide(redemptions[1], APPROVED),
        completed=decide(redemptions[2], APPROVED, COMPLETED),
        rejected=decide(redemptions[3], REJECTED),
        cancelled=redemptions[4].pk,
    )


def test_redemptions_of_every_status_are_sound(there):
    statuses = set(Redemption.objects.values_list("status", flat=True))

    assert statuses == set(RedemptionStatus)
    assert audit() == []


def test_a_shelf_that_staff_changed_is_sound(there, now):
    update_reward(reward_id=there.tea, fields={"quantity": 3}, now=now)
    assert audit() == []
    update_reward(reward_id=there.tea, fields={"quantity": None}, now=now)
    assert audit() == []
    update_reward(reward_id=there.tea, fields={"quantity": 7}, now=now)
    assert audit() == []


@pytest.mark.parametrize("seed", range(3))
def test_a_random_history_is_sound(make_member, make_reward, approver, now, seed):
    draw = random.Random(seed)
    members = [make_member(points=draw.randint(100, 2_000)) for _ in range(4)]
    rewards = [
        make_reward(f"Tea {n}", quantity=quantity) for n, quantity in enumerate([3, 20, None])
    ]
    redeemed = []
    for _ in range(80):
        now += timedelta(days=draw.choice([0, 1, 20]))
        member = draw.choice(members)
        try:
            match draw.randrange(6):
                case 0 | 1 | 2:
                    reward_id = draw.choice(rewards).pk
                    redeemed.append(redeem_reward(member=member, reward_id=reward_id, now=now))
                case 3 if redeemed:
                    chosen = draw.choice(redeemed)
                    cancel_redemption(member=chosen.member, redemption_id=chosen.pk, now=now)
                case 4 if redeemed:
                    decide_redemption(
                        redemption_id=draw.choice(redeemed).pk,
                        status=draw.choice([APPROVED, COMPLETED, REJECTED]),
                        actor=approver,
                        now=now,
                    )
                case _:
                    list(expire_due_lots(now=now))
        except LoyaltyError:
            continue

    assert audit() == []
    assert Redemption.objects.count() > 10


TAMPERINGS = {
    "more on the shelf": "UPDATE rewards_reward SET quantity = quantity + 1",
    "less on the shelf": "UPDATE rewards_reward SET quantity = quantity - 1",
    "more ever stocked": "UPDATE rewards_reward SET quantity_stocked = quantity_stocked + 1",
    "no limit": "UPDATE rewards_reward SET quantity = NULL WHERE id = {0.tea}",
    "nothing ever stocked": "UPDATE rewards_reward SET quantity_stocked = NULL WHERE id = {0.tea}",
    "not from the shelf": "UPDATE rewards_redemption SET took_stock = false "
    "WHERE id = '{0.pending}'",
    "another price": "UPDATE rewards_redemption SET points = points + 1 WHERE id = '{0.pending}'",
    "another member": "UPDATE rewards_redemption SET member_id = {0.noa.pk} "
    "WHERE id = '{0.approved}'",
    "another reward": "UPDATE rewards_redemption SET reward_id = reward_id + 1 "
    "WHERE id = '{0.completed}'",
    "another instant": "UPDATE rewards_redemption SET redeemed_at = redeemed_at + interval '1 s' "
    "WHERE id = '{0.pending}'",
    "another id": "UPDATE rewards_redemption SET id = gen_random_uuid() WHERE id = '{0.pending}'",
    "another spend": "UPDATE rewards_redemption SET spend_id = spend_id + 100000 "
    "WHERE id = '{0.pending}'",
    "given back after all": "UPDATE rewards_redemption SET status = 'PENDING', rejected_at = NULL, "
    "reversal_id = NULL, decided_by_id = NULL WHERE id = '{0.rejected}'",
    "another reversal": "UPDATE rewards_redemption SET reversal_id = reversal_id + 100000 "
    "WHERE id = '{0.cancelled}'",
    "decided at another instant": "UPDATE rewards_redemption "
    "SET rejected_at = rejected_at - interval '1 s' WHERE id = '{0.rejected}'",
    "cancelled at another instant": "UPDATE rewards_redemption "
    "SET cancelled_at = cancelled_at - interval '1 s' WHERE id = '{0.cancelled}'",
    "pending deleted": "DELETE FROM rewards_redemption WHERE id = '{0.pending}'",
    "cancelled deleted": "DELETE FROM rewards_redemption WHERE id = '{0.cancelled}'",
    "one more": "INSERT INTO rewards_redemption SELECT (jsonb_populate_record(redemption, "
    "jsonb_build_object('id', gen_random_uuid(), 'spend_id', spend_id + 100000))).* "
    "FROM rewards_redemption redemption WHERE id = '{0.pending}'",
}


@pytest.mark.parametrize("tampering_with", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_what_does_not_fit_the_ledger_is_named(there, tampering_with):
    with tampering():
        assert run_sql(tampering_with.format(there))

        findings = audit()

    assert findings
    assert all(finding.startswith("rewards.") for finding in findings)


def test_points_given_back_behind_a_redemptions_back_are_named(there):
    spend = Redemption.objects.get(pk=there.rejected).spend_id
    other = Redemption.objects.get(pk=there.pending).spend_id

    with tampering():
        run_sql(
            f"UPDATE points_pointtransaction SET reversal_of_id = {other} "
            f"WHERE reversal_of_id = {spend}"
        )
        findings = audit()

    given_back = "it is PENDING and its points were given back"
    not_given_back = "it is REJECTED and its points were not given back"
    assert any(f"redemption {there.pending}: {given_back}" in finding for finding in findings)
    assert any(f"redemption {there.rejected}: {not_given_back}" in finding for finding in findings)


def test_one_members_redemptions_can_be_looked_at_alone(there):
    mia, noa = (PointAccount.objects.get(member=person) for person in (there.mia, there.noa))

    with tampering():
        run_sql(f"UPDATE rewards_redemption SET points = 1 WHERE member_id = {there.mia.pk}")

        assert audit(Scope(account_id=mia.pk, member_id=mia.member_id)) != []
        assert audit(Scope(account_id=noa.pk, member_id=noa.member_id)) == []
