"""Codes over HTTP, and the member's points at one glance.

`GET /api/points/my-points` stands here because its answer joins the account and the referral
code, and this is the lowest package that knows both.
"""

from django.http import HttpResponseRedirect
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView

from ..serializers import (
    GenerateCodeSerializer,
    GeneratedCodeSerializer,
    PointsSummarySerializer,
    ReferralLinkSerializer,
)
from ..services import (
    get_or_issue_code,
    get_points_summary,
    make_login_link,
    make_short_link,
    make_sign_up_link,
    rotate_code,
)


class MyPointsView(LoyaltyView):
    """The caller's points, level, code and referrals."""

    serializer_class = PointsSummarySerializer

    @extend_schema(
        summary="My points",
        responses=PointsSummarySerializer,
        examples=[
            OpenApiExample(
                "A silver member",
                response_only=True,
                value={
                    "balance": 320,
                    "lifetimePoints": 1280,
                    "level": {"name": "silver", "tier": 2, "minPoints": 1000, "perks": []},
                    "nextLevel": {
                        "name": "gold",
                        "tier": 3,
                        "minPoints": 2500,
                        "pointsToGo": 1220,
                    },
                    "referralCode": "K7MPQ2XW",
                    "referralsCount": 4,
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Show the caller's points; the first look opens the account and issues the code."""
        summary = get_points_summary(member=request.user, now=self.now)
        return self.answer(PointsSummarySerializer(summary).data)


class ReferralLinkView(LoyaltyView):
    """The caller's code, in a link to the front end's login page."""

    serializer_class = ReferralLinkSerializer
    pagination_class = None

    @extend_schema(
        summary="My referral link",
        description="The code is issued with the first call.",
        responses=ReferralLinkSerializer,
        examples=[
            OpenApiExample(
                "A link",
                response_only=True,
                value={"code": "ABCD2345", "link": "https://shop.example/login?ref=ABCD2345"},
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Return the caller's code and the link that carries it."""
        code = get_or_issue_code(member=request.user, now=self.now).code
        return self.answer({"code": code, "link": make_login_link(code)})


class GenerateCodeView(LoyaltyView):
    """The caller's referral code."""

    serializer_class = GenerateCodeSerializer

    @extend_schema(
        summary="Generate or replace my referral code",
        description="Returns the code that is there unless `force` is true; then the code is "
        "replaced and the old one converts nobody any more.",
        request=GenerateCodeSerializer,
        responses=GeneratedCodeSerializer,
        examples=[
            OpenApiExample("Replace my code", request_only=True, value={"force": True}),
            OpenApiExample(
                "My code",
                response_only=True,
                value={"referralCode": "K7MPQ2XW", "link": "https://shop.example/r/K7MPQ2XW"},
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Return the caller's code, a new one when forced."""
        force = self.validated(GenerateCodeSerializer, request.data)["force"]
        provide = rotate_code if force else get_or_issue_code
        code = provide(member=request.user, now=self.now).code
        return self.answer({"referralCode": code, "link": make_short_link(code)})


class ShortLinkView(LoyaltyView):
    """The short link members hand on.

    Nothing is looked up, so the answer does not tell whether a code exists, and the target comes
    from the settings alone.
    """

    authentication_classes = ()
    permission_classes = [AllowAny]
    pagination_class = None

    @extend_schema(
        summary="Follow a short referral link",
        description="Redirects to the front end's sign-up page with `?ref=CODE`, without it when "
        "the code is malformed.",
        request=None,
        responses={302: OpenApiResponse(description="To the sign-up page.")},
    )
    def get(self, request: Request, code: str) -> HttpResponseRedirect:
        """Redirect to the front end's sign-up page."""
        return HttpResponseRedirect(make_sign_up_link(code))

    def perform_content_negotiation(
        self,
        request: Request,
        force: bool = False,  # noqa: FBT001, FBT002 -- DRF's signature
    ) -> tuple[BaseRenderer, str]:
        """Answer browsers too, which ask for HTML: a redirect has no body to negotiate about."""
        return super().perform_content_negotiation(request, force=True)
