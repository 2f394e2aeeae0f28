"""The database says no about purchases, whoever asks: every named constraint, past Python."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from points.models import Activity
from points.services.activities import ActivityReport, record_activities
from rewards.enums import PurchaseStatus
from rewards.models import Purchase
from rewards.services.purchases import claim_discount
from rewards.tests.test_constraints import refused_by, refused_update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("purchase_action")]

FIXED = "rewards_purchase_record_fixed"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=1_000)


@pytest.fixture
def purchase(mia, report):
    return report("P1").purchase


@pytest.fixture
def claimed(mia, purchase, now):
    return claim_discount(member=mia, purchase_id="P1", points=320, now=now).purchase


@pytest.fixture
def completed(purchase, report):
    return report("P1", PurchaseStatus.COMPLETED).purchase


def refused_insert(member, **values):
    """Insert a purchase with some values; return the constraint that refused it."""
    row = {
        "id": "P2",
        "member_id": member.pk,
        "amount": "49.99",
        "currency": "USD",
        "status": "in_progress",
    } | values
    columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql = f"INSERT INTO rewards_purchase ({columns}) VALUES ({marks})"
    return refused_by(sql, list(row.values()))


def spend_of(claimed, **values):
    """Return the columns of a claim like the given one, with other values."""
    return {
        "spend_id": claimed.spend_id,
        "points_used": claimed.points_used,
        "credit_amount": claimed.credit_amount,
        "claimed_at": claimed.claimed_at,
    } | values


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"id": ""}, "rewards_purchase_id_well_formed"),
        ({"id": "a b"}, "rewards_purchase_id_well_formed"),
        ({"id": "a\n"}, "rewards_purchase_id_well_formed"),
        ({"amount": "0"}, "rewards_purchase_amount_bounded"),
        ({"amount": "-1"}, "rewards_purchase_amount_bounded"),
        ({"currency": "usd"}, "rewards_purchase_currency_well_formed"),
        ({"currency": "US"}, "rewards_purchase_currency_well_formed"),
        ({"status": "completed"}, "rewards_purchase_begins_in_progress"),
        ({"delivered_at": "2026-01-01T00:00:00Z"}, "rewards_purchase_times_fit_status"),
        ({"completed_at": "2026-01-01T00:00:00Z"}, "rewards_purchase_times_fit_status"),
        ({"cancelled_at": "2026-01-01T00:00:00Z"}, "rewards_purchase_times_fit_status"),
        ({"points_earned": 49}, "rewards_purchase_earns_when_completed"),
        ({"points_used": 100}, "rewards_purchase_claim_whole_or_none"),
        ({"claimed_at": "2026-01-01T00:00:00Z"}, "rewards_purchase_claim_whole_or_none"),
    ],
    ids=str,
)
def test_a_purchase_that_makes_no_sense_is_refused(mia, values, constraint):
    assert refused_insert(mia, **values) == constraint


def test_a_purchase_never_begins_claimed(mia, claimed):
    assert refused_insert(mia, **spend_of(claimed)) == "rewards_purchase_begins_in_progress"


def test_what_was_imported_is_not_registered(mia, now):
    record_activities(
        reports=[
            ActivityReport(
                event_id="purchase:P2",
                user_id="mia",
                action="PURCHASE",
                occurred_at=now,
                metadata={"amount": 5},
            )
        ],
        now=now,
    )

    assert refused_insert(mia) == "rewards_purchase_not_imported"


@pytest.mark.parametrize(
    "values",
    [
        {"id": "P2"},
        {"amount": "50"},
        {"currency": "EUR"},
        {"registered_at": "2026-01-01T00:00:00Z"},
        {"delivered_at": "2026-01-01T00:00:00Z"},
        {"completed_at": "2026-01-01T00:00:00Z"},
        {"cancelled_at": "2026-01-01T00:00:00Z"},
        {
            "status": "completed",
            "completed_at": "2026-01-02T00:00:00Z",
            "delivered_at": "2026-01-01T00:00:00Z",
        },
    ],
    ids=str,
)
def test_what_is_on_record_stays(purchase, values):
    assert refused_update(purchase, **values) == FIXED


def test_member_claim_and_earnings_stay(claimed, make_member, report, now):
    other = make_member("ben", points=50)
    earned = other.point_account.transactions.get()

    assert refused_update(claimed, member_id=other.pk) == FIXED
    assert refused_update(claimed, points_used=319) == FIXED
    assert refused_update(claimed, credit_amount="3.19") == FIXED
    assert refused_update(claimed, claimed_at=now + timedelta(days=1)) == FIXED
    assert refused_update(claimed, spend_id=earned.pk) == FIXED
    assert refused_update(claimed, reversal_id=earned.pk) == FIXED
    report("P1", PurchaseStatus.COMPLETED)
    assert refused_update(claimed, points_earned=50) == FIXED
    assert refused_update(claimed, points_earned=None) == FIXED


@pytest.mark.parametrize("end", [PurchaseStatus.COMPLETED, PurchaseStatus.CANCELLED])
@pytest.mark.parametrize("to", ["in_progress", "delivered", "completed", "cancelled"])
def test_an_end_is_an_end(purchase, report, end, to):
    report("P1", end)
    step_allowed = "rewards_purchase_step_allowed"
    if to != end:
        assert refused_update(purchase, status=to) == step_allowed


def test_a_step_that_is_not_on_the_way_is_refused(purchase, report):
    assert refused_update(purchase, status="gone") == "rewards_purchase_step_allowed"
    report("P1", PurchaseStatus.DELIVERED)
    assert (
        refused_update(purchase, status="in_progress", delivered_at=None)
        == "rewards_purchase_record_fixed"
    )


@pytest.mark.parametrize("status", ["delivered", "completed", "cancelled"])
def test_times_fit_the_status(purchase, status, now):
    fit = "rewards_purchase_times_fit_status"

    assert refused_update(purchase, status=status) == fit
    both = {"completed_at": now, "cancelled_at": now}
    assert refused_update(purchase, status=status, **both) == fit


@pytest.mark.parametrize("status", ["delivered", "cancelled"])
def test_points_are_claimed_in_progress_only(mia, report, claimed, status):
    late = report("P2", PurchaseStatus(status)).purchase

    assert refused_update(late, **spend_of(claimed)) == "rewards_purchase_claimed_in_progress"


def test_a_claim_is_paid_by_a_spend_of_its_member_and_points(claimed, make_member, report):
    free = report("P2").purchase
    ben = make_member("ben", points=50)
    bens = report("P3", user_id="ben").purchase
    paid = "rewards_purchase_claim_paid_by_its_spend"

    assert refused_update(free, **spend_of(claimed, points_used=319)) == paid
    assert refused_update(bens, **spend_of(claimed)) == paid
    earned = ben.point_account.transactions.get()
    assert refused_update(bens, **spend_of(claimed, spend_id=earned.pk)) == paid
    assert "spend_id" in refused_update(free, **spend_of(claimed))


@pytest.mark.parametrize("missing", ["points_used", "credit_amount", "claimed_at", "spend_id"])
def test_a_claim_is_whole_or_none(claimed, report, missing):
    free = report("P2").purchase

    assert refused_update(free, **spend_of(claimed, **{missing: None})) in {
        "rewards_purchase_claim_whole_or_none",
        "rewards_purchase_claim_paid_by_its_spend",
    }


def test_a_credit_is_within_the_amount(claimed, report):
    free = report("P2").purchase
    within = "rewards_purchase_credit_within_amount"

    assert refused_update(free, **spend_of(claimed, credit_amount="50.00")) == within
    assert refused_update(free, **spend_of(claimed, credit_amount="0")) == within


def test_points_used_are_bounded(claimed):
    # The trigger that fixes the claim would be the first to refuse.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE rewards_purchase DISABLE TRIGGER USER")

    for points in (0, 10**9 + 1):
        refusal = refused_update(claimed, points_used=points)
        assert refusal == "rewards_purchase_points_used_bounded"


def test_a_claim_goes_back_exactly_when_its_purchase_is_cancelled(claimed, report, now):
    returned = "rewards_purchase_reversal_when_cancelled"
    free = report("P2").purchase

    assert refused_update(claimed, status="cancelled", cancelled_at=now) == returned
    assert (
        refused_update(free, status="cancelled", cancelled_at=now, reversal_id=claimed.spend_id)
        == "rewards_purchase_reversal_of_its_spend"
    )


def test_a_reversal_is_of_its_own_spend(claimed, now):
    cancelled = {"status": "cancelled", "cancelled_at": now}

    assert (
        refused_update(claimed, **cancelled, reversal_id=claimed.spend_id)
        == "rewards_purchase_reversal_of_its_spend"
    )


def test_what_was_earned_is_what_its_activity_earned(purchase, now):
    completed = {"status": "completed", "completed_at": now}
    by_activity = "rewards_purchase_earned_by_its_activity"

    assert refused_update(purchase, **completed, points_earned=49) == by_activity


def test_another_figure_than_its_activitys_is_refused(mia, completed):
    assert Activity.objects.get().points == 49
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE rewards_purchase SET points_earned = NULL")
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert refused_update(completed, points_earned=50) == "rewards_purchase_earned_by_its_activity"
    assert Purchase.objects.filter(pk="P1").update(points_earned=49) == 1


def test_a_purchase_is_never_deleted(purchase):
    refusal = refused_by("DELETE FROM rewards_purchase WHERE id = %s", [purchase.pk])

    assert "Cannot delete rows" in refusal


def test_truncating_is_refused_outside_test_databases():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger "
            "WHERE tgname LIKE '%rewards_purchase_refuse_truncate%' AND tgenabled = 'O'"
        )
        [(definition,)] = cursor.fetchall()

    assert "<> 'test_'" in definition
