"""The database says no, whoever asks: every named constraint, past Python."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def redemption(make_member, reward, now):
    return redeem_reward(member=make_member("mia", points=120), reward_id=reward.pk, now=now)


def refused_by(sql, params):
    """Run a statement and return the name of the constraint that refused it."""
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name or str(cause)


def refused_update(row, **values):
    columns = ", ".join(f"{name} = %s" for name in values)
    table = row._meta.db_table
    sql = f"UPDATE {table} SET {columns} WHERE id = %s"
    return refused_by(sql, [*values.values(), row.pk])


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"quantity": -1}, "rewards_reward_quantity_not_negative"),
        ({"points_required": 0}, "rewards_reward_points_required_bounded"),
        ({"points_required": 10**9 + 1}, "rewards_reward_points_required_bounded"),
        ({"image_url": "http://example.com/a.jpg"}, "rewards_reward_image_url_https"),
        ({"per_member_max": 0}, "rewards_reward_per_member_max_positive"),
    ],
)
def test_a_reward_that_makes_no_sense_is_refused(reward, values, constraint):
    assert refused_update(reward, **values) == constraint


def test_a_window_that_ends_before_it_begins_is_refused(reward, now):
    assert (
        refused_update(reward, valid_from=now, valid_until=now - timedelta(days=1))
        == "rewards_reward_window_in_order"
    )
    assert (
        refused_update(reward, valid_from=now, valid_until=now) == "rewards_reward_window_in_order"
    )


@pytest.mark.parametrize("points", [0, 10**9 + 1])
def test_the_price_paid_is_bounded(redemption, points):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The trigger that fixes the price would be the first to refuse.
        cursor.execute("ALTER TABLE rewards_redemption DISABLE TRIGGER USER")

    assert refused_update(redemption, points=points) == "rewards_redemption_points_bounded"


def refused_insert(like, **values):
    """Insert a copy of a redemption with other values; return the constraint that refused it."""
    row = dict(Redemption.objects.filter(pk=like.pk).values().get())
    row |= {"id": uuid.uuid4()} | values
    columns = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    sql = f"INSERT INTO rewards_redemption ({columns}) VALUES ({marks})"
    return refused_by(sql, list(row.values()))


def test_a_redemption_begins_pending(redemption, now):
    assert (
        refused_insert(redemption, status="APPROVED", approved_at=now)
        == "rewards_redemption_begins_pending"
    )


def test_a_redemption_is_paid_by_a_spend_of_its_member_and_price(redemption, make_member):
    other = make_member("ben", points=50)
    earned = other.point_account.transactions.get()

    paid_by_its_spend = "rewards_redemption_paid_by_its_spend"
    assert refused_insert(redemption, points=49) == paid_by_its_spend
    assert refused_insert(redemption, member_id=other.pk) == paid_by_its_spend
    assert refused_insert(redemption, spend_id=earned.pk) == paid_by_its_spend


def test_one_spend_pays_one_redemption(redemption):
    assert "spend_id" in refused_insert(redemption)


@pytest.mark.parametrize(
    "values",
    [
        {"points": 1},
        {"took_stock": False},
        {"redeemed_at": "2026-01-01T00:00:00Z"},
        {"id": uuid.UUID(int=7)},
        {"approved_at": "2026-01-01T00:00:00Z"},
        {"rejected_at": "2026-01-01T00:00:00Z"},
        {"completed_at": "2026-01-01T00:00:00Z"},
        {"cancelled_at": "2026-01-01T00:00:00Z"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_is_on_record_stays(redemption, values):
    assert refused_update(redemption, **values) == "rewards_redemption_record_fixed"


def test_member_reward_spend_and_decider_stay(redemption, make_member, make_reward):
    other = make_member("ben", points=50)
    fixed = "rewards_redemption_record_fixed"

    assert refused_update(redemption, member_id=other.pk) == fixed
    assert refused_update(redemption, reward_id=make_reward("Cake").pk) == fixed
    earned = other.point_account.transactions.get()
    assert refused_update(redemption, spend_id=earned.pk) == fixed
    assert refused_update(redemption, decided_by_id=other.pk) == fixed
    assert refused_update(redemption, reversal_id=earned.pk) == fixed


def test_who_approved_and_when_stays(redemption, approver, make_member, now):
    decide_redemption(
        redemption_id=redemption.pk, status=RedemptionStatus.APPROVED, actor=approver, now=now
    )

    for values in ({"approved_at": now}, {"approved_by_id": make_member("ben").pk}):
        later = values | {"status": "COMPLETED", "completed_at": now + timedelta(days=1)}
        if "approved_at" in later:
            later["approved_at"] = now + timedelta(days=1)
        assert refused_update(redemption, **later) == "rewards_redemption_record_fixed"


def test_notes_may_be_written_at_any_time(redemption):
    assert Redemption.objects.filter(pk=redemption.pk).update(admin_notes="Called back") == 1


@pytest.mark.parametrize(
    ("to", "times"),
    [
        (
            "COMPLETED",
            {"approved_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-02T00:00:00Z"},
        ),
        ("GONE", {}),
    ],
)
def test_a_step_that_is_not_on_the_way_is_refused(redemption, to, times):
    assert refused_update(redemption, status=to, **times) == "rewards_redemption_step_allowed"


@pytest.mark.parametrize("end", ["REJECTED", "CANCELLED", "COMPLETED"])
@pytest.mark.parametrize("to", ["PENDING", "APPROVED"])
def test_an_end_is_an_end(redemption, approver, now, end, to):
    way = ["APPROVED", "COMPLETED"] if end == "COMPLETED" else [end]
    for status in way:
        decide_redemption(
            redemption_id=redemption.pk, status=RedemptionStatus(status), actor=approver, now=now
        )

    assert refused_update(redemption, status=to) == "rewards_redemption_step_allowed"


def test_times_fit_the_status(redemption, approver, now):
    fit = "rewards_redemption_times_fit_status"
    decider = {"decided_by_id": approver.pk}
    approval = decider | {"status": "APPROVED", "approved_by_id": approver.pk}

    assert refused_update(redemption, status="APPROVED", **decider) == fit
    assert refused_update(redemption, **approval, approved_at=now, completed_at=now) == fit
    assert refused_update(redemption, **approval, approved_at=now, cancelled_at=now) == fit


def test_what_is_returned_names_its_reversal(redemption, approver, now):
    returned = "rewards_redemption_reversal_when_returned"

    assert (
        refused_update(redemption, status="REJECTED", rejected_at=now, decided_by_id=approver.pk)
        == returned
    )
    assert refused_update(redemption, status="CANCELLED", cancelled_at=now) == returned


def test_a_reversal_is_of_its_own_spend(redemption, approver, now):
    assert (
        refused_update(
            redemption,
            status="CANCELLED",
            cancelled_at=now,
            reversal_id=redemption.spend_id,
        )
        == "rewards_redemption_reversal_of_its_spend"
    )


def test_a_decision_names_who_decided(redemption, approver, now):
    assert (
        refused_update(redemption, status="APPROVED", approved_at=now, approved_by_id=approver.pk)
        == "rewards_redemption_decider_fits_status"
    )
    assert (
        refused_update(redemption, status="APPROVED", approved_at=now, decided_by_id=approver.pk)
        == "rewards_redemption_approval_names_approver"
    )


def test_a_decider_is_somebody_else(redemption, now):
    assert (
        refused_update(
            redemption,
            status="APPROVED",
            approved_at=now,
            approved_by_id=redemption.member_id,
            decided_by_id=redemption.member_id,
        )
        == "rewards_redemption_decider_is_another"
    )


def test_a_redemption_is_never_deleted(redemption):
    assert "Cannot delete rows" in refused_by(
        "DELETE FROM rewards_redemption WHERE id = %s", [redemption.pk]
    )


def test_a_reward_with_redemptions_is_never_deleted(redemption, reward):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    refusal = refused_by("DELETE FROM rewards_reward WHERE id = %s", [reward.pk])

    assert "rewards_redemption_reward_id" in refusal


def test_truncating_is_refused_outside_test_databases():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger "
            "WHERE tgname LIKE '%rewards_redemption_refuse_truncate%' AND tgenabled = 'O'"
        )
        [(definition,)] = cursor.fetchall()

    assert "<> 'test_'" in definition


def test_every_constraint_above_exists():
    names = {constraint.name for constraint in Reward._meta.constraints}
    names |= {constraint.name for constraint in Redemption._meta.constraints}
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'c'")
        assert names <= {name for (name,) in cursor.fetchall()}
