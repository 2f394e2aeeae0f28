"""Invitations that stand, and the new members they are about."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from ..enums import ReferralStatus
from ..models import Referral

# An invitation met no account when it came, so what made one since has settled it. Looking back a
# day leaves room for a worker that was away.
LOOK_BACK = timedelta(days=1)


def count_invited(referrer: Any, *, since: datetime) -> int:
    """Return how many e-mails a member has invited from an instant on."""
    return Referral.objects.filter(referrer_id=referrer.pk, invited_at__gte=since).count()


def list_invitations_of(referrer: Any, *, now: datetime) -> QuerySet[Referral]:
    """Return the invitations that may still bring a member somebody, the latest first.

    Those that have lapsed and one of the member's own e-mail may not.
    """
    lapsed = now - timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS)
    return (
        Referral.objects.filter(
            referrer_id=referrer.pk, status=ReferralStatus.PENDING, invited_at__gt=lapsed
        )
        .exclude(email=referrer.email or "")
        .order_by("-invited_at", "-pk")
    )


def find_invitation_of(referrer: Any, *, email: str | None) -> Referral | None:
    """Return a member's own invitation of an e-mail that nobody has used."""
    return (
        Referral.objects.select_related("referrer")
        .filter(referrer_id=referrer.pk, email=email or "", status=ReferralStatus.PENDING)
        .first()
    )


def find_invitation_for(member: Any) -> Referral | None:
    """Return the first invitation that stands of a new member's e-mail, with its referrer.

    It was made before the member joined, within LOYALTY_INVITATIONS_VALID_DAYS, or no later after
    than LOYALTY_REFERRAL_NEW_MEMBER_MINUTES.
    """
    if not member.email:
        return None
    valid = timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS)
    return (
        Referral.objects.select_related("referrer")
        .filter(
            email=member.email,
            status=ReferralStatus.PENDING,
            invited_at__gt=member.joined_at - valid,
            invited_at__lte=member.joined_at + get_newness(),
            referrer__is_active=True,
        )
        .exclude(referrer_id=member.pk)
        .order_by("invited_at", "pk")
        .first()
    )


def list_invited_newcomers(*, now: datetime) -> QuerySet[Any]:
    """Return members nobody brought who joined shortly before their e-mail was invited."""
    invited = Referral.objects.filter(
        status=ReferralStatus.PENDING, invited_at__gt=now - LOOK_BACK
    ).values("email")
    people: QuerySet[Any] = get_user_model()._default_manager.all()  # noqa: SLF001
    return people.filter(
        email__in=invited,
        joined_at__gt=now - LOOK_BACK - get_newness(),
        is_active=True,
        referral__isnull=True,
    )


def get_newness() -> timedelta:
    """Return for how long after joining a member counts as new."""
    return timedelta(minutes=settings.LOYALTY_REFERRAL_NEW_MEMBER_MINUTES)
