"""The demo's data: everything a newcomer signs in to, and safe to load again."""

import pytest
from django.core.management import CommandError, call_command

from gamification.models import GaugeReading
from gamification.selectors import map_gauges
from loyalty_site.accounts.models import User
from points.models import Activity, PointAccount, PointTransaction, RefusedActivity
from rewards.models import OptionRedemption, Purchase, Redemption, VoucherCode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PEOPLE = {"admin@example.com", "approver@example.com", "mia@example.com", "leo@example.com"}


def test_the_demo_has_its_people_their_points_and_a_waiting_redemption() -> None:
    call_command("seed_demo", verbosity=0)
    people = {person.email: person for person in User.objects.exclude(email=None)}
    assert set(people) == PEOPLE
    assert Activity.objects.filter(action__code="PURCHASE").count() == 6_919 + 4 + 1
    assert Activity.objects.filter(action__code="ATTEND_EVENT").count() == 1_840 + 2
    assert map_gauges(member_id=people["leo@example.com"].pk)["trust_score"] == 95.8
    assert all(person.check_password("loyalty-demo") for person in people.values())
    assert people["admin@example.com"].is_superuser
    assert list(people["approver@example.com"].groups.values_list("name", flat=True)) == [
        "approver"
    ]
    assert people["approver@example.com"].has_perm("rewards.decide_redemption")
    assert not people["mia@example.com"].is_staff
    assert PointAccount.objects.get(member__public_id="leo").level.name == "silver"
    assert Redemption.objects.filter(status="PENDING").count() == 6
    assert Redemption.objects.filter(member=people["mia@example.com"]).exists()
    statuses = {"in_progress", "delivered", "completed", "cancelled"}
    assert set(Purchase.objects.values_list("status", flat=True)) == statuses
    to_try = Purchase.objects.filter(spend=None, status="in_progress")
    assert to_try.get().member == people["mia@example.com"]
    voucher = OptionRedemption.objects.get(option__type="voucher")
    assert voucher.voucher_code.code.startswith("VINYL-")
    assert VoucherCode.objects.filter(assigned_at=None).count() == 24


def test_seeding_again_changes_nothing() -> None:
    call_command("seed_demo", verbosity=0)
    before = PointTransaction.objects.count()
    readings = GaugeReading.objects.count()
    # No file is read again; the two members' few things are, and refused.
    refused = RefusedActivity.objects.exclude(event_id__startswith="demo:")
    call_command("seed_demo", verbosity=0)
    assert PointTransaction.objects.count() == before
    assert not refused.exists()
    assert GaugeReading.objects.count() == readings
    assert Redemption.objects.count() == 6
    assert Purchase.objects.count() == 5
    assert OptionRedemption.objects.count() == 2


def test_production_is_never_seeded(settings) -> None:
    settings.LOYALTY_MODE = "production"
    with pytest.raises(CommandError, match="production is never seeded"):
        call_command("seed_demo", verbosity=0)
