"""The event catalogue: everything members and staff are told, and when. docs/realtime.md shows it.

`pointsUpdated` and `level-up` are written by the database itself, in `sql/ledger_events*.sql`; the
receivers here write the others. Each runs inside the transaction that did the work and only writes
the outbox.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from gamification.services.awards import NewAward
from gamification.signals import badges_awarded
from points.services.reminders import Reminder
from points.signals import ledger_changed, points_expiring
from referrals.models import Referral
from referrals.serializers import shorten_name
from referrals.signals import referral_activated, referral_converted
from rewards.enums import RedemptionStatus
from rewards.models import OptionRedemption, Purchase, Redemption, Reward, RewardWatch
from rewards.services.credits import as_json_number
from rewards.signals import (
    discount_claimed,
    option_redeemed,
    redemption_decided,
    reward_available,
    reward_redeemed,
)

from .nudge import nudge_relay
from .outbox import NewEvent, write_events


@receiver(ledger_changed, dispatch_uid="realtime.wake_relay")
def on_ledger_changed(**_: Any) -> None:
    """Wake the relay for `pointsUpdated` and `level-up`, which the database wrote itself."""
    nudge_relay()


@receiver(points_expiring, dispatch_uid="realtime.points-expiring")
def on_points_expiring(reminders: Sequence[Reminder], **_: Any) -> None:
    """Remind members of points that will lapse: `points-expiring`."""
    _write(
        [
            NewEvent(
                member_id=reminder.member_id,
                event="points-expiring",
                data={
                    "points": reminder.points,
                    "expiresAt": _format_instant(reminder.expires_at),
                    "daysLeft": reminder.days_left,
                },
            )
            for reminder in reminders
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


@receiver(discount_claimed, dispatch_uid="realtime.discount-claimed")
def on_discount_claimed(purchase: Purchase, **_: Any) -> None:
    """Tell the member of a discount on a purchase: `rewardRedeemed`, with no redemption of ours."""
    credit = f"{purchase.credit_amount} {purchase.currency}"
    data = {
        "redemptionId": None,
        "rewardId": None,
        "title": f"{credit} off purchase {purchase.pk}",
        "points": purchase.points_used,
        "status": RedemptionStatus.COMPLETED,
        "redeemedAt": _format_instant(purchase.claimed_at),
        "purchaseRequestId": purchase.pk,
        "creditAmount": as_json_number(purchase.credit_amount) if purchase.credit_amount else None,
        "currency": purchase.currency,
    }
    _write([NewEvent(member_id=purchase.member_id, event="rewardRedeemed", data=data)])


@receiver(option_redeemed, dispatch_uid="realtime.rewardRedeemed-by-type")
def on_option_redeemed(redemption: OptionRedemption, **_: Any) -> None:
    """Tell the member what their points became: `rewardRedeemed`. A code is fetched, never sent."""
    data = {
        "redemptionId": str(redemption.pk),
        "rewardId": None,
        "rewardType": redemption.option.type,
        "title": redemption.option.name,
        "points": redemption.points,
        "value": float(redemption.value),
        "currency": redemption.currency,
        "status": RedemptionStatus.COMPLETED,
        "redeemedAt": _format_instant(redemption.redeemed_at),
    }
    _write([NewEvent(member_id=redemption.member_id, event="rewardRedeemed", data=data)])


@receiver(redemption_decided, dispatch_uid="realtime.redemption-updated")
def on_redemption_decided(redemption: Redemption, actor: Any, **_: Any) -> None:
    """Tell the member, `redemption-updated`, and staff, `redemption-decided`. Notes stay on record.

    Staff hear who decided; the member does not.
    """
    data = {
        **_describe_redemption(redemption),
        "decidedAt": _format_instant(redemption.decided_at),
    }
    is_own = actor.pk == redemption.member_id
    staff_data = {
        **data,
        "userId": redemption.member.public_id,
        "name": redemption.member.display_name,
        "decidedBy": None if is_own else actor.display_name,
    }
    _write(
        [
            NewEvent(member_id=redemption.member_id, event="redemption-updated", data=data),
            NewEvent(member_id=None, event="redemption-decided", data=staff_data),
        ]
    )


@receiver(reward_available, dispatch_uid="realtime.reward-available")
def on_reward_available(
    reward: Reward, watches: Sequence[RewardWatch], turn_ends_at: datetime, **_: Any
) -> None:
    """Tell the first in line that a reward they watch is back: `reward-available`."""
    data = {
        "rewardId": str(reward.pk),
        "title": reward.title,
        "pointsRequired": reward.points_required,
        "turnEndsAt": _format_instant(turn_ends_at),
    }
    _write(
        [
            NewEvent(member_id=watch.member_id, event="reward-available", data=data)
            for watch in watches
        ]
    )


@receiver(referral_converted, dispatch_uid="realtime.referral-signup")
def on_referral_converted(referral: Referral, **_: Any) -> None:
    """Tell the referrer that somebody registered with their code: `referral-signup`."""
    _write_referral("referral-signup", referral)


@receiver(referral_activated, dispatch_uid="realtime.referral-reward")
def on_referral_activated(referral: Referral, **_: Any) -> None:
    """Tell the referrer that the new member completed a first purchase: `referral-reward`."""
    _write_referral("referral-reward", referral)


@receiver(badges_awarded, dispatch_uid="realtime.badge-earned")
def on_badges_awarded(awards: Sequence[NewAward], **_: Any) -> None:
    """Tell members of a badge they were awarded: `badge-earned`, once per badge."""
    _write(
        [
            NewEvent(
                member_id=award.member_id,
                event="badge-earned",
                data={
                    "badge": {
                        "id": str(award.badge.pk),
                        "type": award.badge.type,
                        "name": award.badge.name,
                        "description": award.badge.description,
                        "criteria": award.badge.criteria,
                        "imageUrl": award.badge.image_url or None,
                    },
                    "points": award.points,
                    "earnedAt": _format_instant(award.earned_at),
                },
            )
            for award in awards
        ]
    )


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
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z") if instant else None


def _write(events: Sequence[NewEvent]) -> None:
    # A signal carries no clock, and an event's instant is when it was written down.
    write_events(events=events, now=timezone.now())
