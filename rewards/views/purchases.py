"""Purchases over HTTP: the host registers and advances them, members redeem points against them."""

import re
from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from rewards.models import PURCHASE_ID_PATTERN
from rewards.selectors import get_claiming_transaction, get_purchase
from rewards.serializers.purchases import (
    ClaimedDiscountSerializer,
    PurchaseReportSerializer,
    PurchaseSerializer,
    RedeemPointsSerializer,
)
from rewards.services.purchases import ReportedPurchase, claim_discount, report_purchase

from .base import CatalogueView

REPORT = {"userId": "mia", "amount": 49.99, "currency": "USD", "status": "in_progress"}


class PurchaseView(CatalogueView):
    """One purchase on the host platform."""

    serializer_class = PurchaseSerializer
    required_permissions = {"PUT": "rewards.report_purchases"}

    @extend_schema(
        summary="A purchase",
        description="The caller's own, or anybody's for the host and for staff who may view "
        "purchases.",
        responses=PurchaseSerializer,
    )
    def get(self, request: Request, purchase_request_id: str) -> Response:
        """Return one purchase."""
        purchase = get_purchase(viewer=request.user, purchase_id=purchase_request_id)
        return self.answer(self.present(PurchaseSerializer, purchase))

    @extend_schema(
        summary="Register or advance a purchase",
        description="For the host. The first report of an id registers the purchase (201), later "
        "ones advance it: `in_progress` to `delivered`, `completed` or `cancelled`, `delivered` "
        "to `completed` or `cancelled`; the first report may carry any of them. The same report "
        "again changes nothing. `completed` earns the purchase's points and activates the "
        "member's referral, once; `cancelled` gives back points that were redeemed against it.\n\n"
        "409: `invalid_transition` with `details {from, to, allowed}`; `purchase_differs` when "
        "member, amount or currency are not those on record, which `details` shows; "
        "`purchase_imported` when it came with an imported history.",
        request=PurchaseReportSerializer,
        responses={200: PurchaseSerializer, 201: PurchaseSerializer},
        examples=[
            OpenApiExample("A new purchase", request_only=True, value=REPORT),
            OpenApiExample(
                "It is completed", request_only=True, value=REPORT | {"status": "completed"}
            ),
        ],
    )
    def put(self, request: Request, purchase_request_id: str) -> Response:
        """Take a purchase to where the host says it stands."""
        wanted = self.validated(PurchaseReportSerializer, request.data)
        if not re.fullmatch(PURCHASE_ID_PATTERN, purchase_request_id):
            raise ValidationError(
                {"purchaseRequestId": ["Letters, digits and . _ - are allowed, at most 100."]}
            )
        reported = report_purchase(purchase_id=purchase_request_id, now=self.now, **wanted)
        return self.answer(
            self.present(PurchaseSerializer, reported.purchase),
            message=_describe(reported),
            status_code=status.HTTP_201_CREATED if reported.is_new else status.HTTP_200_OK,
        )


class RedeemPointsView(CatalogueView):
    """Where members turn points into a discount."""

    serializer_class = ClaimedDiscountSerializer
    error_statuses: ClassVar[dict[str, int]] = {"insufficient_points": 400}

    @extend_schema(
        summary="Redeem points against a purchase",
        description="Takes the points and credits their worth to one of the caller's purchases "
        "that is in progress, once for each purchase. 100 points are 1.00 USD out of the box; "
        "what is less than a cent is cut off.\n\n"
        "400: `insufficient_points` with `details {required, available, current}`; "
        "`credit_above_amount` with `details {pointsMax, amount, currency}`; `credit_too_small`. "
        "404: `purchase_not_found`. 409: `already_claimed`, `purchase_not_in_progress`, "
        "`currency_not_redeemable`.",
        request=RedeemPointsSerializer,
        responses={201: ClaimedDiscountSerializer},
        examples=[
            OpenApiExample(
                "3.20 off",
                request_only=True,
                value={"pointsToUse": 320, "purchaseRequestId": "req-1187"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Redeem the caller's points."""
        wanted = self.validated(RedeemPointsSerializer, request.data)
        claimed = claim_discount(member=request.user, now=self.now, **wanted)
        answer = {
            "transaction": get_claiming_transaction(claimed.posting.transaction_id),
            "discount": claimed.purchase,
            "remainingPoints": claimed.posting.balance_after,
        }
        return self.answer(
            self.present(ClaimedDiscountSerializer, answer),
            message="Points redeemed",
            status_code=status.HTTP_201_CREATED,
        )


def _describe(reported: ReportedPurchase) -> str:
    if reported.is_new or reported.has_moved:
        label = reported.purchase.get_status_display().lower()
        return f"Purchase {'registered, ' if reported.is_new else ''}{label}"
    return "Nothing changed"
