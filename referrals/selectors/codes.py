"""A member's points, level and code at one glance, and whose a code is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from points.models import LevelConfig, PointAccount, PointLot

from ..enums import BROUGHT
from ..models import Referral, ReferralCode


@dataclass(frozen=True, kw_only=True)
class PointsSummary:
    """A member's points, level and code at one glance.

    `balance` is what can be spent now, `next_level` None at the top, `points_to_go` the lifetime
    points that are missing to it, `referrals_count` the members brought.
    """

    balance: int
    lifetime_points: int
    level: LevelConfig | None
    next_level: LevelConfig | None
    referral_code: str | None
    referrals_count: int

    @property
    def points_to_go(self) -> int:
        """Lifetime points missing to the next level; 0 at the top."""
        return self.next_level.min_points - self.lifetime_points if self.next_level else 0


def find_points_summary(member: Any, *, now: datetime) -> PointsSummary | None:
    """Return a member's own summary in two queries; None when no account is open."""
    due = PointLot.objects.filter(
        account=OuterRef("pk"), remaining__gt=0, expires_at__lte=now
    ).values("account")
    code = ReferralCode.objects.filter(member=OuterRef("member"), retired_at__isnull=True)
    brought = Referral.objects.filter(referrer=OuterRef("member"), status__in=BROUGHT).values(
        "referrer"
    )
    account = (
        PointAccount.objects.filter(member_id=member.pk)
        .select_related("level")
        .annotate(
            spendable=F("balance")
            - Coalesce(
                Subquery(due.values(total=Sum("remaining")), output_field=BigIntegerField()), 0
            ),
            referral_code=Subquery(code.values("code")),
            referrals_count=Coalesce(Subquery(brought.values(total=Count("pk"))), 0),
        )
        .first()
    )
    if account is None:
        return None
    higher = LevelConfig.objects.filter(
        min_points__gt=account.lifetime_points, tier__gt=account.level.tier if account.level else 0
    )
    return PointsSummary(
        balance=account.spendable,
        lifetime_points=account.lifetime_points,
        level=account.level,
        next_level=higher.order_by("tier").first(),
        referral_code=account.referral_code,
        referrals_count=account.referrals_count,
    )


def find_current_code(member: Any) -> ReferralCode | None:
    """Return the code a member gives away now, None when none was ever issued."""
    return ReferralCode.objects.filter(member_id=member.pk, retired_at__isnull=True).first()


def find_code_in_use(code: str, *, lock: bool = False) -> ReferralCode | None:
    """Return the current code of an active member with its member, in any case of letters.

    `lock` keeps it for the rest of the transaction from being replaced, and from others who lock.
    """
    codes = ReferralCode.objects.select_related("member")
    if lock:
        codes = codes.select_for_update(no_key=True, of=("self",))
    return codes.filter(
        code=code.strip().upper(), retired_at__isnull=True, member__is_active=True
    ).first()
