"""The audit of redeeming by type: payments, values, and whose each code is."""

from types import SimpleNamespace

import pytest

from points.models import PointAccount
from points.services.audit import Scope
from points.tests.audits import audit, run_sql, tampering
from rewards.enums import RedemptionStatus
from rewards.models import VoucherCode
from rewards.services.options import redeem_option
from rewards.services.redemptions import decide_redemption, redeem_reward


@pytest.fixture
def there(make_member, make_option, make_pool, make_reward, approver, now):
    """Redemptions with a code and without, one of the catalogue with a code, and codes left."""
    mia, noa = make_member("mia", points=1_000), make_member("noa", points=1_000)
    pool = make_pool(codes=[f"CODE-{number}" for number in range(5)])
    other = make_pool("Other", codes=["OTHER-1"])
    make_option("voucher", code_pool=pool)
    make_option("discount")

    def redeem(member, reward_type):
        return redeem_option(
            member=member, reward_type=reward_type, points=100, actor=member, now=now
        ).redemption.pk

    tea = redeem_reward(member=mia, reward_id=make_reward(code_pool=pool).pk, now=now)
    decide_redemption(
        redemption_id=tea.pk, status=RedemptionStatus.APPROVED, actor=approver, now=now
    )
    there = SimpleNamespace(
        mia=mia,
        noa=noa,
        other=other.pk,
        tea=tea.pk,
        voucher=redeem(mia, "voucher"),
        discount=redeem(noa, "discount"),
        code_of_tea=VoucherCode.objects.get(redemption=tea).pk,
    )
    there.code = VoucherCode.objects.get(option_redemption=there.voucher).pk
    there.free = VoucherCode.objects.filter(pool=pool, assigned_at=None).first().pk
    assert audit() == []
    return there


def test_nothing_is_found_where_nothing_is_wrong(there, now):
    assert audit() == []


BY_TYPE = "UPDATE rewards_optionredemption SET {} WHERE id = '{{0.{}}}'"
CODE = "UPDATE rewards_vouchercode SET {} WHERE id = {{0.{}}}"
TAMPERINGS = {
    "more points": BY_TYPE.format("points = points + 1", "voucher"),
    "more value": BY_TYPE.format("value = value + 1", "voucher"),
    "more value at another rate": BY_TYPE.format(
        "value = value * 2, points_per_unit = points_per_unit / 2", "discount"
    ),
    "another rate": BY_TYPE.format("points_per_unit = 50", "discount"),
    "another currency": BY_TYPE.format("currency = 'EUR'", "discount"),
    "another member": BY_TYPE.format("member_id = {0.noa.pk}", "voucher"),
    "another option": BY_TYPE.format("option_id = option_id + 1", "voucher"),
    "another instant": BY_TYPE.format("redeemed_at = redeemed_at + interval '1 s'", "discount"),
    "another id": BY_TYPE.format("id = gen_random_uuid()", "discount"),
    "another spend": BY_TYPE.format("spend_id = spend_id + 100000", "discount"),
    "another pool": BY_TYPE.format("code_pool_id = {0.other}", "voucher"),
    "no pool": BY_TYPE.format("code_pool_id = NULL", "voucher"),
    "a pool after all": BY_TYPE.format("code_pool_id = {0.other}", "discount"),
    "deleted": "DELETE FROM rewards_optionredemption WHERE id = '{0.discount}'",
    "deleted with its code": "DELETE FROM rewards_optionredemption WHERE id = '{0.voucher}'",
    "one more": "INSERT INTO rewards_optionredemption SELECT (jsonb_populate_record(redemption, "
    "jsonb_build_object('id', gen_random_uuid(), 'spend_id', spend_id + 100000))).* "
    "FROM rewards_optionredemption redemption WHERE id = '{0.discount}'",
    "another code": CODE.format("code = 'FORGED-1'", "code"),
    "another code, nobody's": CODE.format("code = 'FORGED-1'", "free"),
    "a code moved": CODE.format("pool_id = {0.other}", "free"),
    "a code taken back": CODE.format("assigned_at = NULL, option_redemption_id = NULL", "code"),
    "a code of nobody": CODE.format("option_redemption_id = NULL", "code"),
    "a code handed out to nobody": CODE.format("assigned_at = now()", "free"),
    "a code handed out later": CODE.format("assigned_at = assigned_at + interval '1 s'", "code"),
    "a catalogue's code later": CODE.format(
        "assigned_at = assigned_at + interval '1 s'", "code_of_tea"
    ),
    "a code of two": CODE.format("redemption_id = gen_random_uuid()", "code"),
    "a code of a stranger": CODE.format("redemption_id = gen_random_uuid()", "code_of_tea"),
    "a code for what takes none": CODE.format("option_redemption_id = '{0.discount}'", "code"),
    "its code deleted": "DELETE FROM rewards_vouchercode WHERE id = {0.code}",
}


@pytest.mark.parametrize("tampering_with", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_what_was_changed_behind_the_guards_is_named(there, tampering_with):
    with tampering():
        # What the tables' own constraints would refuse as well is let through for the moment.
        run_sql("SET CONSTRAINTS ALL IMMEDIATE")
        run_sql(
            "ALTER TABLE rewards_optionredemption DROP CONSTRAINT IF EXISTS "
            "rewards_option_redemption_value_exact"
        )
        run_sql(
            "ALTER TABLE rewards_vouchercode DROP CONSTRAINT IF EXISTS "
            "rewards_code_of_one_redemption"
        )
        assert run_sql(tampering_with.format(there).format(there))

        findings = audit()

    assert findings
    assert all(finding.startswith(("rewards.by_type", "rewards.codes")) for finding in findings), (
        findings
    )


def test_a_finding_says_what_is_wrong(there):
    with tampering():
        run_sql(
            f"UPDATE rewards_optionredemption SET currency = 'EUR' WHERE id = '{there.voucher}'"
        )
        run_sql(f"UPDATE rewards_vouchercode SET code = 'FORGED-1' WHERE id = {there.code}")

        payment, code = audit()

    was_paid = "1.00 USD was paid for, 1.00 EUR is on record"
    assert payment == f"rewards.by_type: redemption {there.voucher}: {was_paid}"
    assert code == f"rewards.codes: code {there.code}: it is not the code that was added"


def test_one_member_can_be_looked_at_alone(there):
    mia, noa = (PointAccount.objects.get(member=person) for person in (there.mia, there.noa))

    with tampering():
        run_sql(
            f"UPDATE rewards_optionredemption SET currency = 'EUR' WHERE id = '{there.voucher}'"
        )
        run_sql(f"UPDATE rewards_vouchercode SET code = 'FORGED-1' WHERE id = {there.code}")

        assert len(audit(Scope(account_id=mia.pk, member_id=mia.member_id))) == 2
        assert audit(Scope(account_id=noa.pk, member_id=noa.member_id)) == []
