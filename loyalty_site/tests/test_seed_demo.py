"""The demo's data: everything a newcomer signs in to, and safe to load again."""

import secrets
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Q
from django.utils import timezone

from gamification.models import BadgeAward
from gamification.selectors import map_gauges
from loyalty_site.accounts.models import User
from loyalty_site.console.months import list_months
from loyalty_site.demo.people import PASSWORD, PEOPLE
from loyalty_site.demo.shop import RARE, SCARCE
from points.models import Activity, AuditRun, PointAccount, PointTransaction, RefusedActivity
from points.services.expiry import list_due_lots
from referrals.enums import ReferralStatus
from referrals.models import Referral
from rewards.enums import PurchaseStatus, RedemptionStatus
from rewards.models import (
    OptionRedemption,
    Purchase,
    Redemption,
    Reward,
    RewardWatch,
    VoucherCode,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture(autouse=True)
def cache_of_its_own(settings):
    """Keep what another test's months came to, which the console remembers for a day, out of it."""
    own = {"KEY_PREFIX": secrets.token_hex(8)}
    settings.CACHES = {"default": settings.CACHES["default"] | own}


def test_the_demo_has_a_past_and_seeding_again_changes_nothing() -> None:
    call_command("seed_demo", verbosity=0)
    check_people()
    check_history()
    check_rewards()
    assert AuditRun.objects.get().findings == 0
    before = PointTransaction.objects.count()
    call_command("seed_demo", verbosity=0)
    assert PointTransaction.objects.count() == before
    assert not RefusedActivity.objects.exists()
    assert AuditRun.objects.count() == 1


def check_people() -> None:
    people = {person.public_id: person for person in User.objects.exclude(email=None)}
    assert all(people[person.public_id].check_password(PASSWORD) for person in PEOPLE)
    assert people["admin"].is_superuser
    assert list(people["approver"].groups.values_list("name", flat=True)) == ["approver"]
    assert people["approver"].has_perm("rewards.decide_redemption")
    assert not people["mia"].is_staff
    assert PointAccount.objects.get(member=people["leo"]).level.name == "silver"
    assert map_gauges(member_id=people["leo"].pk)["trust_score"] == 95.8
    assert BadgeAward.objects.filter(member=people["mia"], badge__type="STREAK_CHAMP").exists()
    assert set(Referral.objects.values_list("status", flat=True)) == set(ReferralStatus.values)


def check_history() -> None:
    purchases = Activity.objects.filter(event_id__startswith="purchase:")
    assert purchases.count() == 6_919
    events = Activity.objects.filter(action__code="ATTEND_EVENT")
    assert events.exclude(event_id__startswith="demo:").count() == 1_840
    now = timezone.now()
    assert purchases.latest("occurred_at").occurred_at > now - timedelta(days=3)
    # Each was posted when it happened, not when the demo was made.
    late = F("occurred_at") + timedelta(days=32)
    assert not purchases.filter(Q(created_at__gt=late) | Q(created_at__gt=now)).exists()
    months = list_months(now=now)
    assert all(month.issued and month.spent for month in months[:-1])
    account = PointAccount.objects.get(member__public_id="mia")
    assert list_due_lots(now=now + timedelta(days=30), account_id=account.pk).exists()


def check_rewards() -> None:
    assert set(Redemption.objects.values_list("status", flat=True)) == set(RedemptionStatus.values)
    waiting = Redemption.objects.filter(status="PENDING")
    assert waiting.count() == 7
    assert waiting.filter(member__public_id="mia").exists()
    assert Reward.objects.get(title=RARE).quantity == 0
    assert RewardWatch.objects.get().reward.title == RARE
    assert Reward.objects.get(title=SCARCE).quantity == 2
    assert set(Purchase.objects.values_list("status", flat=True)) == set(PurchaseStatus.values)
    to_try = Purchase.objects.filter(spend=None, status="in_progress")
    assert to_try.get().member.public_id == "mia"
    voucher = OptionRedemption.objects.get(option__type="voucher")
    assert voucher.voucher_code.code.startswith("VINYL-")
    assert VoucherCode.objects.filter(assigned_at=None).exists()


def test_production_is_never_seeded(settings) -> None:
    settings.LOYALTY_MODE = "production"
    with pytest.raises(CommandError, match="production is never seeded"):
        call_command("seed_demo", verbosity=0)
