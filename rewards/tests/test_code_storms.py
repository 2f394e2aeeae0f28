"""Many processes at once: no code is handed out twice, and none is spent for nothing."""

import pytest
from django.utils import timezone

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount, PointTransaction
from points.tests.audits import audit
from rewards.errors import CodesExhausted
from rewards.models import OptionRedemption, VoucherCode
from rewards.services.codes import add_codes
from rewards.services.options import redeem_option
from rewards.signals import option_redeemed

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


def fail(**_):
    raise RuntimeError("no")


def test_a_code_that_is_let_go_is_not_lost(make_member, make_option, make_pool):
    """One that fails after it took the last code leaves it to whoever waited."""
    make_option("voucher", code_pool=make_pool(codes=["LAST-ONE"]))
    members = [make_member(points=100) for _ in range(4)]

    def redeem(number):
        if number < 3:
            # Of the fork's own copy; the test itself hears nothing.
            option_redeemed.connect(fail)
        member = members[number]
        redeemed = redeem_option(
            member=member, reward_type="voucher", points=100, actor=member, now=timezone.now()
        )
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
