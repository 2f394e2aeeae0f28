"""The event catalogue: everything members and staff are told, and when. docs/realtime.md shows it.

Every receiver runs inside the transaction that did the work and only writes the outbox, in one
statement and one query for what the signal lacks, however long its list is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from points.models import LevelConfig
from points.services.postings import LevelReached, Posting
from points.signals import level_reached, points_posted
from referrals.models import Referral
from referrals.serializers import shorten_name
from referrals.signals import referral_activated, referral_converted
from rewards.models import Redemption
from rewards.signals import redemption_decided, reward_redeemed

from .outbox import NewEvent, write_events


@receiver(points_posted, dispatch_uid="realtime.pointsUpdated")
def on_points_posted(postings: Sequence[Posting], **_: Any) -> None:
    """Tell members that their balance changed: `pointsUpdated`."""
    _write(
        [
            NewEvent(
                member_id=posting.member_id,
                event="pointsUpdated",
                data={
                    "balance": posting.balance_after,
                    "lifetimePoints": posting.lifetime_after,
                    "change": posting.amount,
                    "type": posting.type.value,
                    "transactionId": str(posting.transaction_id),
                },
            )
            for posting in postings
            if posting.amount
        ]
    )


@receiver(level_reached, dispatch_uid="realtime.level-up")
def on_level_reached(reached: Sequence[LevelReached], **_: Any) -> None:
    """Tell members that they reached a level: `level-up`, once per level."""
    levels = LevelConfig.objects.in_bulk({one.level_id for one in reached})
    _write(
        [
            NewEvent(
                member_id=one.member_id,
                event="level-up",
                data={
                    "level": _describe_level(levels[one.level_id]),
                    "lifetimePoints": one.lifetime_points,
                },
            )
            for one in reached
        ]
    )


@receiver(reward_redeemed, dispatch_uid="realtime.rewardRedeemed")
def on_reward_redeemed(redemption: Redemption, **_: Any) -> None:
    """Tell the member, `rewardRedeemed`, and staff, `redemption-requested`."""
    data = _describe_redemption(redemption)
    staff_data = {
        **data,
        "userId": redemption.member.public_id,
        "name": redemption.member.display_name,
    }
    _write(
        [
            NewEvent(member_id=redemption.member_id, event="rewardRedeemed", data=data),
            NewEvent(member_id=None, event="redemption-requested", data=staff_data),
        ]
    )


@receiver(redemption_decided, dispatch_uid="realtime.redemption-updated")
def on_redemption_decided(redemption: Redemption, **_: Any) -> None:
    """Tell the member what became of a redemption: `redemption-updated`."""
    data = {
        **_describe_redemption(redemption),
        "adminNotes": redemption.admin_notes,
        "decidedAt": _format_instant(redemption.decided_at),
    }
    _write([NewEvent(member_id=redemption.member_id, event="redemption-updated", data=data)])


@receiver(referral_converted, dispatch_uid="realtime.referral-signup")
def on_referral_converted(referral: Referral, **_: Any) -> None:
    """Tell the referrer that somebody registered with their code: `referral-signup`."""
    _write_referral("referral-signup", referral)


@receiver(referral_activated, dispatch_uid="realtime.referral-reward")
def on_referral_activated(referral: Referral, **_: Any) -> None:
    """Tell the referrer that the new member completed a first purchase: `referral-reward`."""
    _write_referral("referral-reward", referral)


def _write_referral(event: str, referral: Referral) -> None:
    referred = referral.referred
    data = {
        "referralId": str(referral.pk),
        "status": referral.status,
        "referred": {
            "userId": referred.public_id if referred else None,
            "name": shorten_name(referred.display_name) if referred else "",
        },
    }
    _write([NewEvent(member_id=referral.referrer_id, event=event, data=data)])


def _describe_level(level: LevelConfig) -> dict[str, Any]:
    return {"name": level.name, "tier": level.tier, "minPoints": level.min_points}


def _describe_redemption(redemption: Redemption) -> dict[str, Any]:
    return {
        "redemptionId": str(redemption.pk),
        "rewardId": str(redemption.reward_id),
        "title": redemption.reward.title,
        "points": redemption.points,
        "status": redemption.status,
        "redeemedAt": _format_instant(redemption.redeemed_at),
    }


def _format_instant(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _write(events: Sequence[NewEvent]) -> None:
    # A signal carries no clock, and an event's instant is when it was written down.
    write_events(events=events, now=timezone.now())
