"""What became of the referrals somebody made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat

from points.enums import SITE_EVENT_PREFIX
from points.models import PointTransaction

from ..enums import BROUGHT, ReferralStatus
from ..models import Referral

# What referrals earned their referrer, by the ledger: conversions and activations.
REWARDS = """
    SELECT coalesce(sum(entry.amount), 0)
    FROM referrals_referral referral
    CROSS JOIN (VALUES (':conversion'), (':activation')) step(name)
    JOIN points_pointtransaction entry ON entry.source_type = 'activity'
        AND entry.source_id = 'site:referral:' || referral.id || step.name
    JOIN points_pointaccount account ON account.id = entry.account_id
        AND account.member_id = referral.referrer_id
    WHERE referral.referrer_id = %s AND referral.converted_at IS NOT NULL
"""


@dataclass(frozen=True, kw_only=True)
class ReferralFigures:
    """A member's referrals in numbers.

    `converted` signed up and counts, `pending` was invited or is in review, `total` is both;
    `rewards` is what the ledger says they earned the member.
    """

    converted: int
    pending: int
    rewards: int

    @property
    def total(self) -> int:
        """All that counts or may still count."""
        return self.converted + self.pending


def get_figures(member: Any, *, now: datetime) -> ReferralFigures:
    """Return a member's figures in two queries.

    Invitations that have lapsed and one of the member's own e-mail are not pending.
    """
    lapsed = now - timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS)
    invited = Q(status=ReferralStatus.PENDING, invited_at__gt=lapsed) & ~Q(email=member.email or "")
    counts = Referral.objects.filter(referrer_id=member.pk).aggregate(
        converted=Count("pk", filter=Q(status__in=BROUGHT)),
        pending=Count("pk", filter=invited | Q(status=ReferralStatus.IN_REVIEW)),
    )
    with connection.cursor() as cursor:
        cursor.execute(REWARDS, [member.pk])
        [rewards] = cursor.fetchone()
    return ReferralFigures(**counts, rewards=int(rewards))


def count_converted(referrer: Any, *, since: datetime, until: datetime) -> int:
    """Return how many of a member's referrals counted at once, without staff, in a period."""
    return Referral.objects.filter(
        referrer_id=referrer.pk,
        converted_at__gte=since,
        converted_at__lt=until,
        held_at__isnull=True,
    ).count()


def find_referral_to(member: Any) -> Referral | None:
    """Return how a member was brought, with the referrer and the code; None when by nobody."""
    return Referral.objects.select_related("referrer", "code").filter(referred_id=member.pk).first()


def list_referrals_of(member: Any) -> QuerySet[Referral]:
    """Return the new members somebody is or may be credited with, newest first.

    `points_earned` is what the ledger says the referrer got for that one member. Invitations are
    left out: they name nobody yet.
    """
    event_id = Concat(Value(f"{SITE_EVENT_PREFIX}referral:"), Cast(OuterRef("pk"), CharField()))
    earned = (
        PointTransaction.objects.filter(
            Q(source_id=Concat(event_id, Value(":conversion")))
            | Q(source_id=Concat(event_id, Value(":activation"))),
            source_type="activity",
            account__member=OuterRef("referrer"),
        )
        .values("account")
        .values(total=Sum("amount"))
    )
    return (
        Referral.objects.filter(referrer_id=member.pk, referred__isnull=False)
        .select_related("referred")
        .annotate(
            points_earned=Coalesce(Subquery(earned, output_field=BigIntegerField()), 0),
            linked_at=Coalesce("held_at", "converted_at"),
        )
        .order_by("-linked_at", "-pk")
    )
