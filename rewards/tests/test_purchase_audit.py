"""The audit of purchases: what each earned and what points paid of it, against the ledger."""

import random
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from points.errors import LoyaltyError
from points.models import Activity, PointAccount, PointAction
from points.services.audit import Scope
from points.services.expiry import expire_due_lots
from points.tests.audits import audit, run_sql, tampering
from rewards.enums import PurchaseStatus
from rewards.models import Purchase
from rewards.services.purchases import claim_discount, report_purchase

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("purchase_action")]

DELIVERED, COMPLETED, CANCELLED = list(PurchaseStatus)[1:]


@pytest.fixture
def there(make_member, report, now):
    """A claimed purchase of each status, and one of each without a claim."""
    mia, noa = make_member("mia", points=1_000), make_member("noa", points=1_000)
    for status in PurchaseStatus:
        report(f"plain-{status}", status)
        report(f"claimed-{status}")
        claim_discount(member=mia, purchase_id=f"claimed-{status}", points=50, now=now)
        report(f"claimed-{status}", status)
    report("noas", user_id="noa")
    claim_discount(member=noa, purchase_id="noas", points=70, now=now)
    report("noas", COMPLETED, user_id="noa")
    assert audit() == []
    return SimpleNamespace(mia=mia, noa=noa)


def test_a_purchase_completed_while_the_action_was_off_is_sound(there, report):
    PointAction.objects.filter(code="PURCHASE").update(is_active=False)
    report("off", COMPLETED)

    assert Purchase.objects.get(pk="off").points_earned is None
    assert audit() == []


@pytest.mark.parametrize("seed", range(2))
def test_a_random_history_is_sound(make_member, now, seed):
    draw = random.Random(seed)
    members = [make_member(points=draw.randint(100, 2_000)) for _ in range(3)]
    for _ in range(80):
        now += timedelta(days=draw.choice([0, 1, 20]))
        member = draw.choice(members)
        purchase_id = f"{member.public_id}-{draw.randrange(8)}"
        try:
            match draw.randrange(3):
                case 0 | 1:
                    report_purchase(
                        purchase_id=purchase_id,
                        user_id=member.public_id,
                        amount=Decimal("33.50"),
                        currency="USD",
                        status=draw.choice([*PurchaseStatus, PurchaseStatus.IN_PROGRESS]),
                        now=now,
                    )
                case _:
                    points = draw.randint(1, 500)
                    claim_discount(member=member, purchase_id=purchase_id, points=points, now=now)
        except LoyaltyError:
            list(expire_due_lots(now=now))

    assert audit() == []
    assert Purchase.objects.exclude(spend=None).exists()


PURCHASE = "UPDATE rewards_purchase SET "
TAMPERINGS = {
    "another member": PURCHASE + "member_id = {0.noa.pk} WHERE id = 'plain-completed'",
    "another member of a claim": PURCHASE + "member_id = {0.noa.pk} WHERE id = 'claimed-delivered'",
    "another amount": PURCHASE + "amount = amount + 1 WHERE id = 'plain-completed'",
    "a lower price": PURCHASE + "amount = 10 WHERE id = 'claimed-in_progress'",
    "another currency": PURCHASE + "currency = 'EUR' WHERE id = 'plain-completed'",
    "another currency of a claim": PURCHASE + "currency = 'EUR' WHERE id = 'claimed-delivered'",
    "never completed": PURCHASE + "status = 'delivered', completed_at = NULL, "
    "points_earned = NULL, delivered_at = now() WHERE id = 'plain-completed'",
    "never cancelled": PURCHASE + "status = 'in_progress', cancelled_at = NULL, "
    "reversal_id = NULL WHERE id = 'claimed-cancelled'",
    "cancelled": PURCHASE + "status = 'cancelled', cancelled_at = now(), reversal_id = 1 "
    "WHERE id = 'claimed-delivered'",
    "more earned": PURCHASE + "points_earned = points_earned + 1 WHERE id = 'plain-completed'",
    "nothing earned": PURCHASE + "points_earned = NULL WHERE id = 'plain-completed'",
    "completed at another instant": PURCHASE + "completed_at = completed_at + interval '1 s' "
    "WHERE id = 'plain-completed'",
    "cancelled at another instant": PURCHASE + "cancelled_at = cancelled_at + interval '1 s' "
    "WHERE id = 'claimed-cancelled'",
    "claimed at another instant": PURCHASE + "claimed_at = claimed_at + interval '1 s' "
    "WHERE id = 'claimed-in_progress'",
    "fewer points used": PURCHASE + "points_used = 1 WHERE id = 'claimed-delivered'",
    "a higher credit": PURCHASE + "credit_amount = 9 WHERE id = 'claimed-delivered'",
    "another spend": PURCHASE + "spend_id = spend_id + 100000 WHERE id = 'claimed-delivered'",
    "another reversal": PURCHASE + "reversal_id = reversal_id + 100000 "
    "WHERE id = 'claimed-cancelled'",
    "unclaimed": PURCHASE + "spend_id = NULL, points_used = NULL, credit_amount = NULL, "
    "claimed_at = NULL WHERE id = 'claimed-in_progress'",
    "another id": PURCHASE + "id = 'other' WHERE id = 'plain-completed'",
    "another id of a claim": PURCHASE + "id = 'other' WHERE id = 'claimed-in_progress'",
    "completed deleted": "DELETE FROM rewards_purchase WHERE id = 'plain-completed'",
    "claimed deleted": "DELETE FROM rewards_purchase WHERE id = 'claimed-in_progress'",
    "one more": "INSERT INTO rewards_purchase SELECT (jsonb_populate_record(purchase, "
    "jsonb_build_object('id', 'more', 'spend_id', NULL, 'points_used', NULL, "
    "'credit_amount', NULL, 'claimed_at', NULL))).* "
    "FROM rewards_purchase purchase WHERE id = 'plain-completed'",
}


@pytest.mark.parametrize("tampering_with", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_what_does_not_fit_the_ledger_is_named(there, tampering_with):
    with tampering():
        assert run_sql(tampering_with.format(there)) == 1

        findings = audit()

    assert findings
    assert all(finding.startswith(("rewards.purchases", "rewards.claims")) for finding in findings)


def test_an_activity_moved_behind_a_purchases_back_is_named(there):
    completed = Activity.objects.get(event_id="site:purchase:plain-completed:completed")

    with tampering():
        run_sql(
            "UPDATE points_activity SET event_id = 'site:purchase:plain-delivered:completed' "
            f"WHERE id = {completed.pk}"
        )
        findings = audit()

    missing = "what it earned is missing from the activities"
    assert any(f"purchase plain-completed: {missing}" in finding for finding in findings)
    assert any("purchase plain-delivered: it is delivered and has earned" in f for f in findings)


def test_one_members_purchases_can_be_looked_at_alone(there):
    mia, noa = (PointAccount.objects.get(member=person) for person in (there.mia, there.noa))

    with tampering():
        run_sql(
            "UPDATE rewards_purchase SET points_earned = 1, points_used = 1 "
            f"WHERE member_id = {there.mia.pk} AND id = 'claimed-completed'"
        )

        assert len(audit(Scope(account_id=mia.pk, member_id=mia.member_id))) == 2
        assert audit(Scope(account_id=noa.pk, member_id=noa.member_id)) == []
