"""Purchases on the host platform: how they advance, what they earn, what points pay of them.

Locks are taken in one order: purchase, referral, accounts ascending, lots.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from points.enums import RECORDED_STATUSES, SITE_EVENT_PREFIX
from points.services.accounts import get_member, open_account
from points.services.activities import ActivityReport, record_activities
from points.services.postings import Cause, Posting, Source, reverse_transaction, spend_points
from rewards.enums import IMPORTED_EVENT_PREFIX, PURCHASE_STEPS, PurchaseStatus
from rewards.errors import (
    AlreadyClaimed,
    PurchaseDiffers,
    PurchaseImported,
    PurchaseNotFound,
    PurchaseNotInProgress,
    PurchaseStepRefused,
)
from rewards.models import Purchase
from rewards.signals import discount_claimed, purchase_completed

from .credits import as_json_number, price_credit

ACTION = "PURCHASE"
CATEGORY = "Purchases"
SOURCE_TYPE = "purchase"
REGISTRATION_LOCK = "rewards.purchases"


@dataclass(frozen=True, kw_only=True)
class ReportedPurchase:
    """What became of a report: the purchase, and whether it is new or took a step."""

    purchase: Purchase
    is_new: bool
    has_moved: bool


@dataclass(frozen=True, kw_only=True)
class ClaimedDiscount:
    """A discount that points paid for: the purchase it is on, and the spend."""

    purchase: Purchase
    posting: Posting


def report_purchase(
    *,
    purchase_id: str,
    user_id: str,
    amount: Decimal,
    currency: str,
    status: PurchaseStatus,
    now: datetime,
) -> ReportedPurchase:
    """Register a purchase when it is new and take it to `status`; repeatable.

    `completed` earns its points and sends `purchase_completed`, once for ever; `cancelled` gives
    back the points that were redeemed against it; the others move nothing.
    Raises MemberNotFound, PurchaseImported, PurchaseDiffers, PurchaseStepRefused, AccountClosed
    (points cannot go back); nothing is kept then.
    """
    member = get_member(user_id)
    with transaction.atomic():
        purchase = _lock_purchase(purchase_id)
        is_new = purchase is None
        if purchase is None:
            is_new, purchase = _register(
                Purchase(
                    id=purchase_id,
                    member=member,
                    amount=amount,
                    currency=currency,
                    registered_at=now,
                )
            )
        _check_same(purchase, member, amount, currency)
        has_moved = purchase.status != status
        if has_moved:
            _enter_status(purchase, status, now=now)
    return ReportedPurchase(purchase=purchase, is_new=is_new, has_moved=has_moved)


def claim_discount(*, member: Any, purchase_id: str, points: int, now: datetime) -> ClaimedDiscount:
    """Redeem points against a member's purchase in progress, once, and return the claim.

    Raises PurchaseNotFound (also for another member's), AlreadyClaimed, PurchaseNotInProgress,
    CurrencyNotRedeemable, CreditTooSmall, CreditAboveAmount, InsufficientPoints, AccountClosed.
    """
    with transaction.atomic():
        purchase = _lock_purchase(purchase_id)
        if purchase is None or purchase.member_id != member.pk:
            raise PurchaseNotFound
        _check_claimable(purchase)
        credit = price_credit(points=points, amount=purchase.amount, currency=purchase.currency)
        posting = spend_points(
            account_id=open_account(member=member, now=now).pk,
            amount=points,
            cause=_cause(
                purchase,
                "spend",
                f"Discount of {credit} {purchase.currency} on purchase {purchase.pk}",
                now,
                amount=as_json_number(purchase.amount),
                creditAmount=as_json_number(credit),
                currency=purchase.currency,
            ),
            now=now,
        )
        purchase.points_used = points
        purchase.credit_amount = credit
        purchase.claimed_at = now
        purchase.spend_id = posting.transaction_id
        purchase.save(update_fields=["points_used", "credit_amount", "claimed_at", "spend"])
        discount_claimed.send(sender=None, purchase=purchase)
    return ClaimedDiscount(purchase=purchase, posting=posting)


def find_registered(purchase_ids: Collection[str]) -> set[str]:
    """Return those ids under which a purchase is registered, and register none meanwhile.

    For imports, which call it in the transaction that records the others: until that ends, whoever
    registers a purchase waits, and then sees what was imported.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [REGISTRATION_LOCK])
    found = Purchase.objects.filter(pk__in=set(purchase_ids)).values_list("pk", flat=True)
    return set(found)


def make_event_id(purchase_id: str) -> str:
    """Return the id under which a completed purchase stands among the activities."""
    return f"{SITE_EVENT_PREFIX}purchase:{purchase_id}:completed"


def find_purchase_id(event_id: str) -> str | None:
    """Return the purchase that an activity's event id says was completed or imported."""
    completed = f"{SITE_EVENT_PREFIX}purchase:"
    if event_id.startswith(completed):
        return event_id.removeprefix(completed).removesuffix(":completed")
    if event_id.startswith(IMPORTED_EVENT_PREFIX):
        return event_id.removeprefix(IMPORTED_EVENT_PREFIX)
    return None


def describe_purchase(purchase_id: str) -> str:
    """Return what the ledger notes with the points a purchase earned."""
    return f"Purchase {purchase_id}"


def _lock_purchase(purchase_id: str) -> Purchase | None:
    return (
        Purchase.objects.select_for_update(no_key=True, of=("self",))
        .select_related("member")
        .filter(pk=purchase_id)
        .first()
    )


def _register(new: Purchase) -> tuple[bool, Purchase]:
    """Insert a purchase; when another report of it was faster, return that one, locked."""
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError as error:
        if _constraint_of(error) == "rewards_purchase_not_imported":
            raise PurchaseImported from error
        faster = _lock_purchase(new.pk)
        if faster is None:
            raise
        return False, faster
    # After the insert, which may have waited for an import that opens accounts.
    open_account(member=new.member, now=new.registered_at)
    return True, new


def _constraint_of(error: IntegrityError) -> str | None:
    name: str | None = error.__cause__.diag.constraint_name  # type: ignore[union-attr]
    return name


def _check_same(purchase: Purchase, member: Any, amount: Decimal, currency: str) -> None:
    on_record = (purchase.member_id, purchase.amount, purchase.currency)
    if on_record != (member.pk, amount, currency):
        raise PurchaseDiffers(
            details={
                "userId": purchase.member.public_id,
                "amount": as_json_number(purchase.amount),
                "currency": purchase.currency,
            }
        )


def _check_claimable(purchase: Purchase) -> None:
    if purchase.claimed_at is not None and purchase.credit_amount is not None:
        raise AlreadyClaimed(
            details={
                "pointsUsed": purchase.points_used,
                "creditAmount": as_json_number(purchase.credit_amount),
                "claimedAt": purchase.claimed_at,
            }
        )
    if purchase.status != PurchaseStatus.IN_PROGRESS:
        raise PurchaseNotInProgress(status=purchase.status)


def _enter_status(purchase: Purchase, status: PurchaseStatus, *, now: datetime) -> None:
    """Write the new status with its instant, and post what comes with it."""
    allowed = PURCHASE_STEPS.get(purchase.status, ())
    if status not in allowed:
        raise PurchaseStepRefused(
            from_status=purchase.status, to_status=status.value, allowed=allowed
        )
    purchase.status = status
    setattr(purchase, f"{status.value}_at", now)
    if status == PurchaseStatus.CANCELLED and purchase.spend_id is not None:
        posting = reverse_transaction(
            transaction_id=purchase.spend_id,
            cause=_cause(
                purchase, "reversal", f"Cancelled: discount on purchase {purchase.pk}", now
            ),
            now=now,
        )
        purchase.reversal_id = posting.transaction_id
    purchase.save(
        update_fields=["status", "delivered_at", "completed_at", "cancelled_at", "reversal"]
    )
    if status == PurchaseStatus.COMPLETED:
        purchase_completed.send(sender=None, purchase=purchase, now=now)
        _earn(purchase, now=now)


def _earn(purchase: Purchase, *, now: datetime) -> None:
    """Post what a completed purchase earns; nothing when staff switched PURCHASE off."""
    report = ActivityReport(
        event_id=make_event_id(purchase.pk),
        user_id=purchase.member.public_id,
        action=ACTION,
        occurred_at=now,
        subject_id=purchase.pk,
        metadata={
            "amount": as_json_number(purchase.amount),
            "currency": purchase.currency,
            "description": describe_purchase(purchase.pk),
        },
    )
    [outcome] = record_activities(reports=[report], now=now)
    if outcome.status in RECORDED_STATUSES:
        purchase.points_earned = outcome.points
        purchase.save(update_fields=["points_earned"])


def _cause(
    purchase: Purchase, rule: str, description: str, now: datetime, **metadata: Any
) -> Cause:
    return Cause(
        source=Source(type=SOURCE_TYPE, id=purchase.pk, rule=rule),
        occurred_at=now,
        description=description,
        category=CATEGORY,
        metadata={"purchaseRequestId": purchase.pk, **metadata},
    )
