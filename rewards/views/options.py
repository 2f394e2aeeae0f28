"""Redeeming by type over HTTP."""

from typing import ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from points.errors import InsufficientPoints, MemberNotFound
from points.views import ExportableListView, find_member_to_serve
from points.views.exports import AnyResponse
from rewards.enums import RedemptionStatus
from rewards.selectors import get_points_to_spend
from rewards.selectors.options import list_option_redemptions_of, list_options
from rewards.selectors.overview import list_all_redemptions
from rewards.serializers.options import (
    AllRedemptionsFilterSerializer,
    AnyRedemptionSerializer,
    OptionRedemptionSerializer,
    OptionsSerializer,
    RedeemByTypeSerializer,
    RedeemedSerializer,
    TypeFilterSerializer,
)
from rewards.services.options import redeem_option

from .base import CatalogueView


class OptionListView(CatalogueView):
    """The ways to redeem by type."""

    serializer_class = OptionsSerializer
    pagination_class = None

    @extend_schema(
        summary="Reward options",
        description="Members see active options; staff who may view options see all.",
        responses=OptionsSerializer,
    )
    def get(self, request: Request) -> Response:
        """List the options, with what the caller can spend."""
        options = list(list_options(viewer=request.user))
        shown = {
            "options": options,
            "total": len(options),
            "userPoints": get_points_to_spend(member=request.user, now=self.now),
        }
        return self.answer(self.present(OptionsSerializer, shown))


class RedeemByTypeView(CatalogueView):
    """Where members turn points into money's worth."""

    serializer_class = RedeemedSerializer
    error_statuses: ClassVar[dict[str, int]] = {
        InsufficientPoints.code: status.HTTP_400_BAD_REQUEST,
        MemberNotFound.code: status.HTTP_404_NOT_FOUND,
    }

    @extend_schema(
        summary="Redeem points by type",
        description="The member in the path, or staff who may redeem for members. Takes effect at "
        "once and cannot be undone. A member sees the whole `code`, staff a masked one. "
        "400: too few points (`insufficient_points`), fewer than the option's minimum "
        "(`points_below_minimum`), not worth whole cents (`points_not_whole_cents`), no such "
        "`rewardType`. 409 `codes_exhausted`: the option's codes have run out; nothing was spent.",
        request=RedeemByTypeSerializer,
        responses={201: RedeemedSerializer},
        examples=[
            OpenApiExample(
                "A voucher of 2.00",
                request_only=True,
                value={"pointsToRedeem": 200, "rewardType": "voucher"},
            )
        ],
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Redeem points of the member in the path."""
        member = find_member_to_serve(
            viewer=request.user, user_id=user_id, permission="rewards.redeem_for_member"
        )
        wanted = self.validated(RedeemByTypeSerializer, request.data)
        redeemed = redeem_option(member=member, actor=request.user, now=self.now, **wanted)
        return self.answer(
            self.present(RedeemedSerializer, redeemed),
            message="Points redeemed",
            status_code=status.HTTP_201_CREATED,
        )


class OptionRedemptionListView(CatalogueView):
    """What a member redeemed by type."""

    serializer_class = OptionRedemptionSerializer
    list_name = "redemptions"
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "redeemed_at"}
    error_statuses: ClassVar[dict[str, int]] = {MemberNotFound.code: status.HTTP_404_NOT_FOUND}

    @extend_schema(
        summary="A member's redemptions by type",
        description="With their codes, so that none is lost with an answer: whole to the member, "
        "masked to staff who may view redemptions by type.",
        parameters=[TypeFilterSerializer],
        responses=OptionRedemptionSerializer,
    )
    def get(self, request: Request, user_id: str) -> Response:
        """List what the member in the path redeemed by type, the newest first."""
        member = find_member_to_serve(
            viewer=request.user, user_id=user_id, permission="rewards.view_optionredemption"
        )
        wanted = self.validated(TypeFilterSerializer, request.query_params)
        return self.answer_page(
            list_option_redemptions_of(member, **wanted), OptionRedemptionSerializer
        )


class AllRedemptionsView(ExportableListView):
    """Every redemption there is, from the catalogue and by type."""

    serializer_class = AnyRedemptionSerializer
    list_name = "redemptions"
    required_permissions = {"GET": "rewards.view_redemption"}
    export_permission = "rewards.view_redemption"
    csv_columns: ClassVar[list[str]] = list(AnyRedemptionSerializer().fields)
    csv_name = "redemptions"
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "created_at", "points": "points"}
    sort_unique_field = "id"

    @extend_schema(
        summary="All redemptions",
        description="`search` is part of the member's id, name or e-mail. As CSV the whole list "
        "comes, not a page of it.",
        parameters=[
            OpenApiParameter("type", description="`catalogue`, or the type of an option."),
            OpenApiParameter("status", enum=RedemptionStatus.values),
            OpenApiParameter("search"),
            OpenApiParameter("startDate", description="A date or an instant; included."),
            OpenApiParameter(
                "endDate", description="A date (the whole day) or an instant (excluded)."
            ),
        ],
        responses={
            (200, "application/json"): AnyRedemptionSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> AnyResponse:
        """List the redemptions of all members, the newest first."""
        self.check_export()
        wanted = self.validated(AllRedemptionsFilterSerializer, request.query_params)
        return self.answer_list(list_all_redemptions(**wanted), AnyRedemptionSerializer)
