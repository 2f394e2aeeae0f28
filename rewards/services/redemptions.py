"""Redeeming rewards and deciding about it.

Locks are taken in one order: redemption, account, lots, stock, outbox, codes. Everything is looked
at under the lock that keeps it still.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from points.errors import LoyaltyError, SourceConflict
from points.models import PointAccount
from points.services.accounts import open_account
from points.services.postings import Cause, Source, reverse_transaction, spend_points
from rewards.enums import RETURNED_STATUSES, TRANSITIONS, RedemptionStatus
from rewards.errors import (
    CodesExhausted,
    InvalidTransition,
    OwnRedemption,
    RedemptionNotFound,
    RewardOutOfStock,
    RewardPriceChanged,
)
from rewards.models import Redemption, Reward
from rewards.selectors import parse_redemption_id
from rewards.selectors.codes import has_codes_left
from rewards.signals import redemption_decided, reward_redeemed, stock_returned

from .codes import hand_out_code
from .eligibility import check_level, check_member_limit, find_reward_on_offer

CATEGORY = "Rewards"
SOURCE_TYPE = "redemption"


@dataclass(frozen=True, kw_only=True)
class DecisionOutcome:
    """What became of one redemption of a bulk decision: decided, or why not."""

    redemption_id: str
    redemption: Redemption | None = None
    refusal: LoyaltyError | None = None


def redeem_reward(
    *,
    member: Any,
    reward_id: str | int,
    now: datetime,
    redemption_id: uuid.UUID | None = None,
    price_expected: int | None = None,
) -> Redemption:
    """Take the reward's price and one from its stock, and return the PENDING redemption.

    All or nothing. Who gives a `redemption_id` of their own may ask again: the redemption that is
    there comes back, and nothing else happens. `price_expected` is what the member was shown.
    Raises RewardNotFound, RewardNotActive, RewardNotInWindow, RewardOutOfStock, CodesExhausted,
    LevelTooLow, RewardPriceChanged, MemberLimitReached, InsufficientPoints or AccountClosed, and
    SourceConflict for a `redemption_id` of another member or reward.
    """
    if redemption_id is None:
        return _redeem(member, reward_id, uuid.uuid4(), price_expected, now)
    made = _find_made(redemption_id, member, reward_id)
    if made:
        return made
    try:
        return _redeem(member, reward_id, redemption_id, price_expected, now)
    except LoyaltyError:
        # Of two clicks at once the second may be refused what the first one got.
        made = _find_made(redemption_id, member, reward_id)
        if made is None:
            raise
        return made


def _find_made(redemption_id: uuid.UUID, member: Any, reward_id: str | int) -> Redemption | None:
    """Return what this id was redeemed for. Raises SourceConflict when that is something else."""
    made = Redemption.objects.select_related("reward").filter(pk=redemption_id).first()
    if made and (made.member_id, str(made.reward_id)) != (member.pk, str(reward_id)):
        raise SourceConflict
    return made


def _redeem(
    member: Any,
    reward_id: str | int,
    redemption_id: uuid.UUID,
    price_expected: int | None,
    now: datetime,
) -> Redemption:
    with transaction.atomic():
        account = open_account(member=member, now=now)
        reward = _find_reward_to_redeem(reward_id, account, now)
        if price_expected not in (None, reward.points_required):
            raise RewardPriceChanged(price=reward.points_required)
        posting = spend_points(
            account_id=account.pk,
            amount=reward.points_required,
            cause=Cause(
                source=Source(type=SOURCE_TYPE, id=str(redemption_id), rule="spend"),
                occurred_at=now,
                description=f"Redeemed: {reward.title}",
                category=CATEGORY,
                metadata={"rewardId": str(reward.pk), "redemptionId": str(redemption_id)},
            ),
            now=now,
        )
        if posting.replayed:
            raise SourceConflict
        # The spend holds the member's account, so no second redemption of theirs can pass
        # between this count and the insert below.
        check_member_limit(member, reward)
        took_stock = _take_from_stock(reward)
        redemption = Redemption.objects.create(
            id=redemption_id,
            member=member,
            reward=reward,
            points=reward.points_required,
            took_stock=took_stock,
            spend_id=posting.transaction_id,
            redeemed_at=now,
        )
        reward_redeemed.send(sender=None, redemption=redemption)
    return redemption


def decide_redemption(
    *,
    redemption_id: str | uuid.UUID,
    status: RedemptionStatus,
    actor: Any,
    notes: str = "",
    member_note: str = "",
    now: datetime,
) -> Redemption:
    """Take a redemption to `status` in a staff user's name and return it.

    APPROVED hands out a code when the reward has a pool of them. REJECTED and CANCELLED give points
    and stock back; a code the member has seen is never anybody else's. `notes` are for staff,
    `member_note` is for the member; each replaces what is on record, none leaves it. Callers have
    checked `rewards.decide_redemption`. Raises RedemptionNotFound, OwnRedemption,
    InvalidTransition, CodesExhausted.
    """
    with transaction.atomic():
        redemption = _lock_redemption(redemption_id)
        if redemption.member_id == actor.pk:
            raise OwnRedemption
        _check_transition(redemption, status, standing=_describe_standing(redemption))
        redemption.decided_by = actor
        if status == RedemptionStatus.APPROVED:
            redemption.approved_by = actor
        redemption.admin_notes = notes or redemption.admin_notes
        redemption.member_note = member_note or redemption.member_note
        _enter_status(redemption, status, actor=actor, now=now)
    return redemption


def decide_redemptions(
    *,
    redemption_ids: Iterable[str],
    status: RedemptionStatus,
    actor: Any,
    notes: str = "",
    member_note: str = "",
    now: datetime,
) -> list[DecisionOutcome]:
    """Decide several redemptions, each in a transaction of its own, and return one outcome each.

    One that is refused does not hold up the others.
    """
    outcomes = []
    for redemption_id in redemption_ids:
        try:
            redemption = decide_redemption(
                redemption_id=redemption_id,
                status=status,
                actor=actor,
                notes=notes,
                member_note=member_note,
                now=now,
            )
        except LoyaltyError as error:
            outcomes.append(DecisionOutcome(redemption_id=redemption_id, refusal=error))
        else:
            outcomes.append(DecisionOutcome(redemption_id=redemption_id, redemption=redemption))
    return outcomes


def cancel_redemption(*, member: Any, redemption_id: str | uuid.UUID, now: datetime) -> Redemption:
    """Cancel a member's own redemption while it waits; points and stock go back.

    Raises RedemptionNotFound (also for another member's), InvalidTransition.
    """
    with transaction.atomic():
        redemption = _lock_redemption(redemption_id)
        if redemption.member_id != member.pk:
            raise RedemptionNotFound
        status = RedemptionStatus.CANCELLED
        standing = RedemptionStatus(redemption.status).label.lower()
        _check_transition(redemption, status, standing=standing)
        _enter_status(redemption, status, actor=member, now=now)
    return redemption


def _find_reward_to_redeem(reward_id: str | int, account: PointAccount, now: datetime) -> Reward:
    reward = find_reward_on_offer(reward_id, now=now)
    # Spares a sold-out reward the locks; the UPDATE below is what decides.
    if reward.quantity == 0:
        raise RewardOutOfStock(reward_title=reward.title)
    if reward.code_pool and not has_codes_left(pool_id=reward.code_pool.pk):
        raise CodesExhausted(pool=reward.code_pool.name)
    check_level(account, reward)
    return reward


def _take_from_stock(reward: Reward) -> bool:
    """Take one from the shelf and return True; False when the reward has no limit."""
    if reward.quantity is None:
        return False
    # One statement looks and takes, so the last one goes to exactly one of many.
    taken = Reward.objects.filter(pk=reward.pk, quantity__gt=0).update(quantity=F("quantity") - 1)
    if not taken:
        raise RewardOutOfStock(reward_title=reward.title)
    return True


def _lock_redemption(redemption_id: str | uuid.UUID) -> Redemption:
    """Lock a redemption and return it with what never changes about it.

    `decided_by` is not joined: after a wait for the lock, PostgreSQL takes joined rows from before.
    """
    redemption = (
        Redemption.objects.select_for_update(no_key=True, of=("self",))
        .select_related("reward", "member")
        .filter(pk=parse_redemption_id(str(redemption_id)))
        .first()
    )
    if redemption is None:
        raise RedemptionNotFound
    return redemption


def _check_transition(redemption: Redemption, status: RedemptionStatus, *, standing: str) -> None:
    """Refuse a step that is not on the way. `standing` is the present status in words."""
    if status in TRANSITIONS.get(redemption.status, ()):
        return
    if redemption.status == status:
        sentence = f"This redemption was already {standing}."
    else:
        sentence = f"This redemption was {standing} and cannot become {status.label.lower()}."
    raise InvalidTransition(sentence, from_status=redemption.status, to_status=status.value)


def _describe_standing(redemption: Redemption) -> str:
    """Return the status and who brought it there, for the eyes of staff."""
    standing = RedemptionStatus(redemption.status).label.lower()
    if redemption.decided_by:
        return f"{standing} by {redemption.decided_by.display_name}"
    return standing


def _enter_status(
    redemption: Redemption, status: RedemptionStatus, *, actor: Any, now: datetime
) -> None:
    """Write the new status with its instant, give back what it gives back, and tell."""
    redemption.status = status
    setattr(redemption, f"{status.value.lower()}_at", now)
    if status in RETURNED_STATUSES:
        _give_back(redemption, status, now=now)
    redemption.save(
        update_fields=[
            "status",
            "approved_at",
            "rejected_at",
            "completed_at",
            "cancelled_at",
            "approved_by",
            "decided_by",
            "reversal",
            "admin_notes",
            "member_note",
        ]
    )
    redemption_decided.send(sender=None, redemption=redemption, actor=actor)
    # After the member's events are counted, as when they redeem by type: the other way round the
    # two could hold the last code and that count, and wait for each other.
    if status == RedemptionStatus.APPROVED and redemption.reward.code_pool:
        hand_out_code(pool=redemption.reward.code_pool, redemption=redemption, now=now)


def _give_back(redemption: Redemption, status: RedemptionStatus, *, now: datetime) -> None:
    posting = reverse_transaction(
        transaction_id=redemption.spend_id,
        cause=Cause(
            source=Source(type=SOURCE_TYPE, id=str(redemption.pk), rule="reversal"),
            occurred_at=now,
            description=f"{status.label}: {redemption.reward.title}",
            category=CATEGORY,
            metadata={"rewardId": str(redemption.reward_id), "redemptionId": str(redemption.pk)},
            actor_id=redemption.decided_by_id,
        ),
        now=now,
    )
    redemption.reversal_id = posting.transaction_id
    if redemption.took_stock:
        # Stays NULL when staff lifted the limit meanwhile.
        Reward.objects.filter(pk=redemption.reward_id).update(quantity=F("quantity") + 1)
        stock_returned.send(sender=None)
