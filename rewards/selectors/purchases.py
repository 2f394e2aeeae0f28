"""Reading purchases."""

from typing import Any

from django.db.models import QuerySet

from points.models import PointTransaction
from rewards.errors import PurchaseNotFound
from rewards.models import Purchase

VIEW_PERMISSIONS = ("rewards.view_purchase", "rewards.report_purchases")


def get_purchase(*, viewer: Any, purchase_id: str) -> Purchase:
    """Return a purchase of the viewer's own, or any for staff readers and for the host.

    Raises PurchaseNotFound.
    """
    purchases = Purchase.objects.select_related("member").filter(pk=purchase_id)
    if not any(viewer.has_perm(name) for name in VIEW_PERMISSIONS):
        purchases = purchases.filter(member_id=viewer.pk)
    purchase = purchases.first()
    if purchase is None:
        raise PurchaseNotFound
    return purchase


def list_purchases_of(member: Any) -> QuerySet[Purchase]:
    """Return what a member bought, the newest first."""
    return Purchase.objects.filter(member_id=member.pk).order_by("-registered_at", "pk")


def get_claiming_transaction(transaction_id: int) -> PointTransaction:
    """Return the spend that paid for a claim, with its action."""
    return PointTransaction.objects.select_related("action").get(pk=transaction_id)
