"""Points that somebody gives or takes by hand: staff, or the host platform.

Nobody moves their own points. Whoever lacks the permission `grant_points_without_limit` may give
LOYALTY_POINTS_GRANTED_PER_DAY_MAX points on one day of the programme, over all members.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Sum

from ..enums import LIFETIME_TYPES, TransactionType
from ..errors import GrantLimitReached, OwnPoints
from ..models import PointAction, PointTransaction
from .accounts import get_or_open_account_id
from .calendar import get_programme_date, get_start_of_day
from .postings import Cause, Posting, Source, award_points, spend_points

SOURCE_TYPE = "manual"
UNLIMITED_PERMISSION = "points.grant_points_without_limit"


def grant_points(
    *,
    user_id: str,
    amount: int,
    actor: Any,
    reason: str,
    now: datetime,
    type: TransactionType = TransactionType.ADMIN_GRANT,  # noqa: A002 -- the ledger's own word
    action: PointAction | None = None,
    category: str = "",
    metadata: Mapping[str, Any] | None = None,
    event_id: str = "",
) -> Posting:
    """Give a member `amount` points (1 to 10⁹) and return the posting, `actor` on record.

    `type` is ADMIN_GRANT, or EARN when it pays for something the member did. The same `event_id`
    again changes nothing; without one every call counts. Raises OwnPoints, MemberNotFound,
    GrantLimitReached, SourceConflict, Invalid, AccountClosed.
    """
    _refuse_oneself(actor, user_id)
    cause = Cause(
        source=_make_source(event_id, rule="grant"),
        occurred_at=now,
        description=reason,
        category=category,
        action=action,
        metadata=metadata or {},
        actor_id=actor.pk,
    )
    with transaction.atomic():
        is_limited = _lock_if_limited(actor)
        account_id = get_or_open_account_id(public_id=user_id, now=now)
        posting = award_points(
            account_id=account_id, amount=amount, cause=cause, now=now, type=type
        )
        if is_limited and not posting.replayed:
            _check_day(actor_id=actor.pk, amount=amount, now=now)
    return posting


def deduct_points(
    *,
    user_id: str,
    amount: int,
    actor: Any,
    reason: str,
    now: datetime,
    metadata: Mapping[str, Any] | None = None,
    event_id: str = "",
) -> Posting:
    """Take `amount` points (1 to 10⁹) from a member and return the posting, `actor` on record.

    Raises OwnPoints, MemberNotFound, InsufficientPoints (nothing is taken then), SourceConflict,
    Invalid, AccountClosed.
    """
    _refuse_oneself(actor, user_id)
    cause = Cause(
        source=_make_source(event_id, rule="deduct"),
        occurred_at=now,
        description=reason,
        metadata=metadata or {},
        actor_id=actor.pk,
    )
    return spend_points(
        account_id=get_or_open_account_id(public_id=user_id, now=now),
        amount=amount,
        cause=cause,
        now=now,
        type=TransactionType.ADMIN_DEDUCT,
    )


@contextmanager
def limit_grants(*, actor: Any, amount: int, now: datetime) -> Iterator[None]:
    """Refuse the block, which posts up to `amount` points by `actor`, when the day's limit is over.

    To be entered first thing in the transaction, before any account is locked. Raises
    GrantLimitReached.
    """
    is_limited = _lock_if_limited(actor)
    yield
    if is_limited:
        _check_day(actor_id=actor.pk, amount=amount, now=now)


def find_allowance(*, actor: Any, now: datetime) -> int | None:
    """Return how many points a person may still give by hand today; None is without a limit."""
    if actor.has_perm(UNLIMITED_PERMISSION):
        return None
    since = get_start_of_day(get_programme_date(now))
    granted = sum_granted(actor_id=actor.pk, since=since)
    return max(0, settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX - granted)


def sum_granted(*, actor_id: int, since: datetime) -> int:
    """Return the points one person gave by hand since an instant."""
    granted = PointTransaction.objects.filter(
        actor_id=actor_id, created_at__gte=since, type__in=LIFETIME_TYPES
    )
    return granted.aggregate(total=Sum("amount"))["total"] or 0


def _lock_if_limited(actor: Any) -> bool:
    """Say whether a daily limit holds for a person; if so, let no other grant by them come between.

    To be called in the transaction that grants, before any account is locked.
    """
    if actor.has_perm(UNLIMITED_PERMISSION):
        return False
    # Two grants by one person must know of each other, so the second waits here.
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=actor.pk)  # noqa: SLF001
    return True


def _check_day(*, actor_id: int, amount: int, now: datetime) -> None:
    """Refuse a grant that was just posted when it takes the day over the limit."""
    limit = settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX
    granted = sum_granted(actor_id=actor_id, since=get_start_of_day(get_programme_date(now)))
    if granted > limit:
        raise GrantLimitReached(limit=limit, granted=granted - amount, requested=amount)


def _make_source(event_id: str, *, rule: str) -> Source:
    return Source(type=SOURCE_TYPE, id=event_id or str(uuid.uuid4()), rule=rule)


def _refuse_oneself(actor: Any, user_id: str) -> None:
    if actor.public_id == user_id:
        raise OwnPoints
