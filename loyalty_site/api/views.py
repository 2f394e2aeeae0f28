"""The site's own endpoints: health, where things are, and the OpenAPI document."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView

from .errors import UNAVAILABLE
from .health import run_checks, version
from .renderers import EnvelopeResponse
from .schema import openapi_document
from .serializers import (
    DatabaseSummarySerializer,
    DeepHealthSerializer,
    DiscoverySerializer,
    HealthSerializer,
    OpenApiDocumentSerializer,
)
from .summary import summarise_database

SERVICES = {
    "auth": "/api/auth",
    "points": "/api/points",
    "gamification": "/v2/gamification",
    "referral": "/api/referral",
    "rewards": "/rewards",
    "analytics": "/analytics",
    "health": "/api/health",
    "sockets": "/ws/",
}


class PublicView(LoyaltyView):
    """A view for everyone, whatever token they show."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    pagination_class = None

    def facts(self) -> dict[str, str]:
        """Return what every health answer says of the site."""
        return {"environment": settings.LOYALTY_MODE, "version": version()}


class HealthView(PublicView):
    """Whether the process answers; touches nothing behind it."""

    serializer_class = HealthSerializer
    beside_data = ("environment", "version")

    @extend_schema(summary="Is the process alive?")
    def get(self, request: Request) -> Response:
        """Answer at once."""
        response = EnvelopeResponse({"status": "ok", **self.facts()})
        response.message = "The site is running."
        response.beside_data = self.facts()
        return response


class DeepHealthView(PublicView):
    """Whether what the site stands on answers."""

    serializer_class = DeepHealthSerializer
    beside_data = HealthView.beside_data

    @extend_schema(
        summary="Does what the site stands on answer?",
        description="Without the database the answer is 503. Without Redis, a worker or the "
        "schedule, or with events that wait to be published, the site still serves and says "
        "`degraded`.",
    )
    def get(self, request: Request) -> Response:
        """Ask each part and answer within three seconds."""
        checks = run_checks()
        all_up = all(check["status"] == "up" for check in checks.values())
        if checks["database"]["status"] == "down":
            return self.answer_down(checks)
        data = {"status": "ok" if all_up else "degraded", **self.facts(), "checks": checks}
        response = EnvelopeResponse(data)
        response.beside_data = self.facts()
        return response

    def answer_down(self, checks: dict[str, dict[str, Any]]) -> Response:
        """Answer 503 with what is down in `details`."""
        response = EnvelopeResponse(status=UNAVAILABLE.status, headers=UNAVAILABLE.headers)
        response.problem = replace(
            UNAVAILABLE,
            message="The database does not answer.",
            details={"status": "down", **self.facts(), "checks": checks},
        )
        return response


class DatabaseSummaryView(LoyaltyView):
    """`GET /rewards/admin/database-summary`."""

    serializer_class = DatabaseSummarySerializer
    pagination_class = None
    required_permissions = {"GET": "points.view_pointtransaction"}

    @extend_schema(summary="How much of everything there is", responses=DatabaseSummarySerializer)
    def get(self, request: Request) -> Response:
        """Count the rows of every table. Large tables take their time."""
        return self.answer(summarise_database())


class DiscoveryView(PublicView):
    """The front door of the API."""

    serializer_class = DiscoverySerializer

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send a browser to the documentation, everyone else on."""
        wants_page = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
        response: HttpResponseBase
        if wants_page and request.method in ("GET", "HEAD"):
            response = HttpResponseRedirect(reverse("api-docs"))
        else:
            response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["Accept"])
        return response

    @extend_schema(summary="Where things are")
    def get(self, request: Request) -> Response:
        """Return the prefixes of the services and of their documentation."""
        pages = {"openapi": reverse("api-schema"), "interactive": reverse("api-docs")}
        name = settings.SPECTACULAR_SETTINGS["TITLE"]
        return self.answer(
            {
                "name": name,
                "version": version(),
                "services": SERVICES,
                "documentation": pages,
            }
        )


class JsonRenderer(OpenApiJsonRenderer2):
    """The document as JSON, `?format=json`."""

    format = "json"


class YamlRenderer(OpenApiYamlRenderer):
    """The document as YAML, `?format=yaml`."""

    media_type = "application/yaml"


class SchemaView(PublicView):
    """The OpenAPI document."""

    renderer_classes = [JsonRenderer, YamlRenderer, OpenApiYamlRenderer]

    @extend_schema(
        summary="This document",
        parameters=[OpenApiParameter("format", enum=["json", "yaml"], default="json")],
        responses={
            (200, "application/json"): OpenApiDocumentSerializer,
            (200, "application/yaml"): OpenApiDocumentSerializer,
        },
    )
    def get(self, request: Request) -> Response:
        """Return the document as JSON or YAML."""
        return Response(openapi_document())


class DocsView(SpectacularSwaggerSplitView):
    """The interactive documentation, from files of our own."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    url_name = "api-schema"
