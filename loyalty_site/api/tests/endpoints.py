"""Addresses that only tests call: one view for each thing the API layer does."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny

from points import errors as refusals
from points.serializers import StrictCharField, StrictIntegerField, StrictSerializer
from points.views import LoyaltyView


class OpenView(LoyaltyView):
    authentication_classes = []
    permission_classes = [AllowAny]


class ItemSerializer(StrictSerializer):
    code = StrictCharField(max_length=10)
    count = StrictIntegerField(min_value=1, max_value=100)


class OrderSerializer(StrictSerializer):
    name = StrictCharField(max_length=50)
    items = ItemSerializer(many=True, required=False)
    tags = serializers.ListField(child=StrictCharField(max_length=5), required=False)
    metadata = serializers.JSONField(required=False)

    def validate_name(self, name):
        Group.objects.filter(name=name).exists()
        return name

    def validate(self, attrs):
        if attrs["name"] == "whole":
            raise serializers.ValidationError("The order as a whole is wrong.")
        return attrs


class EchoView(OpenView):
    serializer_class = OrderSerializer

    def get(self, request, **path):
        return self.answer({"query": request.query_params.dict(), **path})

    def post(self, request):
        self.validated(OrderSerializer, request.data)
        return self.answer(request.data, message="Kept", status_code=201)

    def put(self, request):
        return self.answer({"got": request.data})

    def delete(self, request):
        return self.answer(None, message="Deleted")


class EmptyView(OpenView):
    def delete(self, request):
        return self.answer(None, status_code=204)


class InstantView(OpenView):
    def get(self, request):
        noon = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
        east = noon.astimezone(timezone(timedelta(hours=8)))
        return self.answer({"noon": noon, "east": east})


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["name"]


class GroupListView(OpenView):
    serializer_class = GroupSerializer
    list_name = "groups"
    sort_fields: ClassVar[dict[str, str]] = {"name": "name", "createdAt": "pk"}

    def get(self, request):
        groups = Group.objects.filter(name__startswith="list-")
        return self.answer_page(groups, GroupSerializer, note="extra")


class NestedListView(GroupListView):
    nest_pagination = True
    page_limit_default = 2
    page_limit_max = 3


class PlainListView(OpenView):
    list_name = "numbers"

    def get(self, request):
        numbers: Any = list(range(5))
        page = self.paginate_queryset(self.filter_queryset(numbers))
        return self.get_paginated_response(page)


class MemberOnlyView(LoyaltyView):
    required_permissions = {"POST": "points.no_such_permission"}

    def get(self, request):
        return self.answer({"userId": request.user.public_id})

    def post(self, request):
        return self.answer(None)


class Locked(exceptions.APIException):
    status_code = 423
    default_code = "account_locked"
    default_detail = "Too many failed sign-ins."
    wait = 90.2


class StoneCold(refusals.Conflict):
    code = "stone_cold"
    message = "The reward is cold."


FAILURES = {
    "invalid": refusals.Invalid("That makes no sense."),
    "forbidden": refusals.Forbidden(),
    "missing": refusals.MemberNotFound(),
    "conflict": refusals.InsufficientPoints(required=50, available=30),
    "moved": StoneCold(),
    "throttled": exceptions.Throttled(wait=12.3),
    "throttled-without-wait": exceptions.Throttled(),
    "locked": Locked(),
    "http404": Http404("secret detail"),
    "denied": PermissionDenied("secret detail"),
    "api-denied": exceptions.PermissionDenied(),
    "suspicious": SuspiciousOperation("secret detail"),
    "data": DataError("integer out of range, secret detail"),
    "database": OperationalError("connection to 10.0.0.1 failed, secret detail"),
    "interface": InterfaceError("connection already closed, secret detail"),
    "bug": ZeroDivisionError("secret detail"),
}


class FailingView(OpenView):
    error_statuses: ClassVar[dict[str, int]] = {"stone_cold": 410}

    def get(self, request, failure):
        raise FAILURES[failure]


def page(request: HttpRequest, code: str = "") -> HttpResponse:
    return HttpResponse(f"page {len(request.POST)}")


def failing_page(request: HttpRequest, failure: str) -> HttpResponse:
    raise {**FAILURES, "bad-request": BadRequest("secret detail")}[failure]


urlpatterns = [
    path("api/test/echo", EchoView.as_view()),
    path("api/test/echo/<str:name>", EchoView.as_view()),
    path("api/test/empty", EmptyView.as_view()),
    path("api/test/instants", InstantView.as_view()),
    path("v2/test/groups", GroupListView.as_view()),
    path("api/test/nested", NestedListView.as_view()),
    path("api/test/numbers", PlainListView.as_view()),
    path("api/test/members", MemberOnlyView.as_view()),
    path("rewards/test/<int:pk>", EchoView.as_view()),
    path("api/test/fail/<str:failure>", FailingView.as_view()),
    path("api/test/page-fail/<str:failure>", failing_page),
    path("page", page),
    path("page/fail/<str:failure>", failing_page),
    path("slashed/", page),
    path("r/<str:code>", page),
]

handler400 = "loyalty_site.api.errors.bad_request"
handler403 = "loyalty_site.api.errors.permission_denied"
handler404 = "loyalty_site.api.errors.page_not_found"
handler500 = "loyalty_site.api.errors.server_error"
