"""The database says no, whoever asks: options, redemptions by type and codes, past Python."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from points.services.postings import Cause, Source, spend_points
from rewards.enums import RedemptionStatus
from rewards.models import OptionRedemption, VoucherCode
from rewards.services.options import redeem_option
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db


def run_to_commit(sql, params):
    """Run a statement and what the commit would check."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused_by(sql, params=()):
    """Return the constraint that refuses a statement."""
    with pytest.raises(DatabaseError) as caught:
        run_to_commit(sql, params)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name or str(cause)


def refused_update(row, **values):
    columns = ", ".join(f"{name} = %s" for name in values)
    sql = f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s"
    return refused_by(sql, [*values.values(), row.pk])


def refused_copy(row, **values):
    """Insert a copy of a row with other values; return the constraint that refused it."""
    copy = dict(type(row).objects.filter(pk=row.pk).values().get()) | values
    columns, marks = ", ".join(copy), ", ".join(["%s"] * len(copy))
    sql = f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({marks})"
    return refused_by(sql, list(copy.values()))


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=1_000)


@pytest.fixture
def redeem(mia, make_option, make_pool, now):
    """Return a function that redeems by type: voucher with a code, discount without."""
    make_option("voucher", code_pool=make_pool(codes=["CODE-A", "CODE-B", "CODE-C"]))
    make_option("discount")

    def act(reward_type):
        return redeem_option(
            member=mia, reward_type=reward_type, points=100, actor=mia, now=now
        ).redemption

    return act


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"minimum_points": 0}, "rewards_option_minimum_points_bounded"),
        ({"minimum_points": 10**9 + 1}, "rewards_option_minimum_points_bounded"),
        ({"points_per_unit": 0}, "rewards_option_points_per_unit_bounded"),
        ({"points_per_unit": 10**9 + 1}, "rewards_option_points_per_unit_bounded"),
        ({"currency": "usd"}, "rewards_option_currency_well_formed"),
        ({"currency": ""}, "rewards_option_currency_well_formed"),
        ({"type": "coupon"}, "rewards_option_type_fixed"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(make_option, values, constraint):
    assert refused_update(make_option(), **values) == constraint


@pytest.mark.parametrize("type_", ["Voucher", "gift card", "7up", "", "catalogue", "a" * 32 + "b"])
def test_a_type_that_is_no_word_is_refused(make_option, type_):
    refused = refused_copy(make_option(), id=999, type=type_)

    assert refused == "rewards_option_type_well_formed" or "too long" in refused


def test_a_type_is_given_once(make_option):
    assert "type" in refused_copy(make_option(), id=999)


@pytest.mark.parametrize("low", [-1, 1_000_001])
def test_the_low_mark_is_bounded(make_pool, low):
    assert refused_update(make_pool(), low_stock_at=low) == "rewards_code_pool_low_stock_bounded"


def test_a_redemption_by_type_is_never_changed_or_deleted(redeem):
    redemption = redeem("discount")
    table = "rewards_optionredemption"

    assert "append-only" in refused_update(redemption, points=1)
    assert "append-only" in refused_by(f"DELETE FROM {table} WHERE id = %s", [redemption.pk])


def test_a_redemption_by_type_is_paid_by_its_own_spend(redeem, make_member, mia, now):
    redemption = redeem("discount")
    noa = make_member("noa", points=500)
    other = spend_points(
        account_id=mia.point_account.pk,
        amount=100,
        cause=Cause(source=Source(type="test", id="1", rule="spend"), occurred_at=now),
        now=now,
    )
    paid = "rewards_option_redemption_paid_by_its_spend"

    assert refused_copy(redemption, id=uuid.uuid4()) == paid
    assert refused_copy(redemption, id=uuid.uuid4(), spend_id=other.transaction_id) == paid
    assert refused_copy(redemption, id=uuid.uuid4(), member_id=noa.pk) == paid
    assert refused_copy(redemption, id=uuid.uuid4(), points=50) == paid
    # The same one again.
    assert refused_copy(redemption) == "rewards_optionredemption_pkey"


def test_a_redemption_by_type_is_worth_what_was_paid(redeem):
    redemption = redeem("discount")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The triggers that refuse any change would be the first to speak.
        cursor.execute("ALTER TABLE rewards_optionredemption DISABLE TRIGGER USER")

    exact = "rewards_option_redemption_value_exact"
    bounded = "rewards_option_redemption_points_bounded"
    assert refused_update(redemption, value="1.01") == exact
    assert refused_update(redemption, points_per_unit=99) == exact
    assert refused_update(redemption, points=0, value=0) == bounded


def test_a_redemption_with_a_pool_has_its_code_at_commit(redeem, mia, now):
    voucher = redeem("voucher")
    key = uuid.uuid4()
    paid = spend_points(
        account_id=mia.point_account.pk,
        amount=100,
        cause=Cause(
            source=Source(type="option_redemption", id=str(key), rule="spend"), occurred_at=now
        ),
        now=now,
    )

    refused = refused_copy(voucher, id=key, spend_id=paid.transaction_id)

    assert refused == "rewards_option_redemption_has_its_code"


def test_a_code_stands_in_one_pool(make_pool, now):
    code = make_pool(codes=["CODE-A"]).codes.get()

    refused = refused_copy(code, id=999_999, pool_id=make_pool("Other").pk)

    assert refused == "rewards_code_unique"


@pytest.mark.parametrize("text", ["", "ABC", "TWO WORDS", "SEMI;COLON", 'QUO"TE', "ÄPFEL"])
def test_a_code_that_is_none_is_refused(make_pool, text):
    code = make_pool(codes=["CODE-A"]).codes.get()

    assert refused_copy(code, id=999_999, code=text) == "rewards_code_well_formed"


def test_a_code_keeps_what_it_is(make_pool):
    code = make_pool(codes=["CODE-A"]).codes.get()

    for values in ({"code": "CODE-X"}, {"pool_id": make_pool("Other").pk}, {"id": 999_999}):
        assert refused_update(code, **values) == "rewards_code_record_fixed"


def test_a_code_that_was_handed_out_stays_so(redeem):
    redemption = redeem("voucher")
    code = redemption.voucher_code

    assert (
        refused_update(code, assigned_at=None, option_redemption_id=None)
        == "rewards_code_record_fixed"
    )
    assert "delete" in refused_by("DELETE FROM rewards_vouchercode WHERE id = %s", [code.pk])
    # One that nobody holds may go.
    free = VoucherCode.objects.filter(assigned_at=None).first()
    assert free.delete()[0] == 1


def test_a_code_is_handed_out_with_an_instant_and_to_one_redemption(redeem, now):
    redemption = redeem("voucher")
    free = VoucherCode.objects.filter(assigned_at=None).first()

    one = "rewards_code_of_one_redemption"
    assert refused_update(free, assigned_at=now) == one
    assert "option_redemption_id" in refused_update(
        free, assigned_at=redemption.redeemed_at, option_redemption_id=redemption.pk
    )


def test_a_code_goes_to_a_redemption_that_takes_one_of_its_pool(redeem, mia, reward, now):
    free = VoucherCode.objects.filter(assigned_at=None).first()
    discount = redeem("discount")
    waiting = redeem_reward(member=mia, reward_id=reward.pk, now=now)

    fits = "rewards_code_fits_its_redemption"
    assert refused_update(free, assigned_at=now, option_redemption_id=discount.pk) == fits
    assert refused_update(free, assigned_at=now, redemption_id=waiting.pk) == fits


def test_a_code_of_the_catalogue_is_handed_out_when_it_is_approved(
    redeem, mia, reward, approver, now
):
    waiting = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    decide_redemption(
        redemption_id=waiting.pk, status=RedemptionStatus.APPROVED, actor=approver, now=now
    )
    free = VoucherCode.objects.filter(assigned_at=None).first()

    late = now + timedelta(seconds=1)
    refused = refused_update(free, assigned_at=late, redemption_id=waiting.pk)

    assert refused == "rewards_code_fits_its_redemption"
    assert OptionRedemption.objects.count() == 0
