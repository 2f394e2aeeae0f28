"""Redeeming by type: any number of points, from an option's minimum, for money's worth.

Locks are taken in the order of the catalogue's: account, lots, outbox, codes.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from points.errors import Invalid, LoyaltyError, SourceConflict
from points.services.accounts import open_account
from points.services.postings import Cause, Source, spend_points
from rewards.errors import CodesExhausted, PointsBelowMinimum, PointsNotWholeCents
from rewards.models import CENTS_PER_UNIT, OptionRedemption, RewardOption, VoucherCode
from rewards.selectors.codes import has_codes_left
from rewards.selectors.options import list_active_types
from rewards.signals import option_redeemed

from .codes import hand_out_code
from .redemptions import CATEGORY

SOURCE_TYPE = "option_redemption"


@dataclass(frozen=True, kw_only=True)
class RedeemedOption:
    """A redemption by type, its code when it has one, and what the member has left."""

    redemption: OptionRedemption
    code: VoucherCode | None
    points_left: int


def install_options(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Insert the options whose type is not there yet and return how many.

    Rows carry the texts `type, name, minimum_points, points_per_unit, currency, description`. What
    is there is never overwritten.
    """
    before = RewardOption.objects.count()
    RewardOption.objects.bulk_create(
        [
            RewardOption(
                type=row["type"],
                name=row["name"],
                description=row["description"],
                minimum_points=int(row["minimum_points"]),
                points_per_unit=int(row["points_per_unit"]),
                currency=row["currency"],
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
    return RewardOption.objects.count() - before


def redeem_option(
    *,
    member: Any,
    reward_type: str,
    points: int,
    actor: Any,
    now: datetime,
    redemption_id: uuid.UUID | None = None,
) -> RedeemedOption:
    """Take the points and return what the member got for them.

    `actor` is who asks: the member, or a staff user who may redeem for members. All or nothing.
    Who gives a `redemption_id` of their own may ask again: what is there comes back.
    Raises Invalid (no active option of this type), PointsBelowMinimum, PointsNotWholeCents,
    CodesExhausted, InsufficientPoints, AccountClosed, and SourceConflict for a `redemption_id` of
    another redemption.
    """
    asked = (member.pk, reward_type, points)
    if redemption_id is None:
        return _redeem(member, reward_type, points, actor, uuid.uuid4(), now)
    made = _find_made(redemption_id, asked)
    if made:
        return made
    try:
        return _redeem(member, reward_type, points, actor, redemption_id, now)
    except LoyaltyError:
        # Of two clicks at once the second may be refused what the first one got.
        made = _find_made(redemption_id, asked)
        if made is None:
            raise
        return made


def _find_made(redemption_id: uuid.UUID, asked: tuple[int, str, int]) -> RedeemedOption | None:
    """Return what this id was redeemed for. Raises SourceConflict when that is something else."""
    redemption = (
        OptionRedemption.objects.select_related("option", "spend", "voucher_code")
        .filter(pk=redemption_id)
        .first()
    )
    if redemption is None:
        return None
    if (redemption.member_id, redemption.option.type, redemption.points) != asked:
        raise SourceConflict
    code = getattr(redemption, "voucher_code", None)
    points_left = redemption.spend.balance_after
    return RedeemedOption(redemption=redemption, code=code, points_left=points_left)


def _redeem(
    member: Any, reward_type: str, points: int, actor: Any, redemption_id: uuid.UUID, now: datetime
) -> RedeemedOption:
    with transaction.atomic():
        account = open_account(member=member, now=now)
        option = _find_active_option(reward_type)
        value = appraise_points(option=option, points=points)
        posting = spend_points(
            account_id=account.pk,
            amount=points,
            cause=Cause(
                source=Source(type=SOURCE_TYPE, id=str(redemption_id), rule="spend"),
                occurred_at=now,
                description=f"Redeemed: {option.name}, {value} {option.currency}",
                category=CATEGORY,
                metadata={
                    "redemptionId": str(redemption_id),
                    "rewardType": option.type,
                    "value": str(value),
                    "currency": option.currency,
                },
                actor_id=None if actor.pk == member.pk else actor.pk,
            ),
            now=now,
        )
        if posting.replayed:
            raise SourceConflict
        redemption = OptionRedemption.objects.create(
            id=redemption_id,
            member=member,
            option=option,
            points=points,
            points_per_unit=option.points_per_unit,
            value=value,
            currency=option.currency,
            code_pool=option.code_pool,
            spend_id=posting.transaction_id,
            redeemed_at=now,
        )
        option_redeemed.send(sender=None, redemption=redemption)
        # Last, as when staff approve: whoever waits for a code keeps nobody else waiting.
        code = None
        if option.code_pool:
            code = hand_out_code(pool=option.code_pool, option_redemption=redemption, now=now)
    return RedeemedOption(redemption=redemption, code=code, points_left=posting.balance_after)


def _find_active_option(reward_type: str) -> RewardOption:
    active = RewardOption.objects.select_related("code_pool").filter(is_active=True)
    option = active.filter(type=reward_type).first()
    if option is None:
        allowed = ", ".join(list_active_types()) or "nothing at present"
        raise Invalid(details=[{"field": "rewardType", "message": f"Must be one of: {allowed}."}])
    # Spares an empty pool the locks; what decides is the code itself.
    if option.code_pool and not has_codes_left(pool_id=option.code_pool.pk):
        raise CodesExhausted(pool=option.code_pool.name)
    return option


def appraise_points(*, option: RewardOption, points: int) -> Decimal:
    """Return what points are worth by an option, to the cent and without a rest.

    Raises PointsBelowMinimum, PointsNotWholeCents.
    """
    if points < option.minimum_points:
        raise PointsBelowMinimum(minimum=option.minimum_points, points=points)
    if points % option.points_step:
        raise PointsNotWholeCents(multiple_of=option.points_step, points=points)
    return Decimal(points * CENTS_PER_UNIT // option.points_per_unit).scaleb(-2)
