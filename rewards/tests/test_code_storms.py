"""Many processes at once: no code is handed out twice, and none is spent for nothing."""

import pytest
from django.db import transaction
from django.utils import timezone

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount, PointTransaction
from points.tests.audits import audit
from rewards.enums import RedemptionStatus
from rewards.errors import CodesExhausted
from rewards.models import OptionRedemption, VoucherCode
from rewards.services.codes import add_codes
from rewards.services.options import redeem_option
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def test_twelve_over_five_codes_have_five_winners(make_member, make_option, make_pool):
    codes = [f"STORM-{number}" for number in range(5)]
    make_option("voucher", code_pool=make_pool(codes=codes))
    members = [make_member(points=100) for _ in range(12)]

    def redeem(number):
        member = members[number]
        redeemed = redeem_option(
            member=member, reward_type="voucher", points=100, actor=member, now=timezone.now()
        )
        return redeemed.code.code

    results = run_together(12, redeem)

    assert sorted(winners(results)) == codes
    assert {type(error) for error in losers(results)} == {CodesExhausted}
    balances = PointAccount.objects.filter(member__in=members).values_list("balance", flat=True)
    assert sorted(balances) == [0] * 5 + [100] * 7
    assert PointTransaction.objects.filter(type="spend").count() == 5
    assert OptionRedemption.objects.count() == 5
    assert audit() == []


def test_a_code_that_is_let_go_is_not_lost(make_member, make_option, make_pool):
    """One that fails after it took the last code leaves it to whoever waited."""
    make_option("voucher", code_pool=make_pool(codes=["LAST-ONE"]))
    members = [make_member(points=100) for _ in range(4)]

    def redeem(number):
        member = members[number]
        with transaction.atomic():
            redeemed = redeem_option(
                member=member, reward_type="voucher", points=100, actor=member, now=timezone.now()
            )
            if number < 3:
                raise RuntimeError("no")
        return redeemed.code.code

    results = run_together(4, redeem)

    assert winners(results) == ["LAST-ONE"]
    assert {type(error) for error in losers(results)} <= {RuntimeError, CodesExhausted}


def test_the_same_file_uploaded_at_once_is_added_once(make_pool):
    pool = make_pool()
    codes = [f"BULK-{number:04}" for number in range(2_000)]

    added = winners(
        run_together(4, lambda _: add_codes(pool=pool, codes=codes, actor=None, now=timezone.now()))
    )

    assert sum(added) == VoucherCode.objects.count() == 2_000


@pytest.mark.parametrize("turn", range(4))
def test_approving_and_redeeming_for_one_member_never_wait_for_each_other(
    make_member, make_option, make_pool, make_reward, approver, now, turn
):
    """Both take the last code and count the same member's events, in one order."""
    pool = make_pool(codes=["LAST-ONE"])
    make_option("voucher", code_pool=pool)
    mia = make_member("mia", points=1_000)
    waiting = redeem_reward(member=mia, reward_id=make_reward(code_pool=pool).pk, now=now)

    def act(number):
        if number == 0:
            decide_redemption(
                redemption_id=waiting.pk,
                status=RedemptionStatus.APPROVED,
                actor=approver,
                now=timezone.now(),
            )
        else:
            redeem_option(
                member=mia, reward_type="voucher", points=100, actor=mia, now=timezone.now()
            )
        return number

    results = run_together(4, act)

    assert len(winners(results)) == 1
    assert {type(error) for error in losers(results)} == {CodesExhausted}
    assert audit() == []
