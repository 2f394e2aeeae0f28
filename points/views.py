"""The ledger over HTTP, and the base of every view of the platform."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .enums import RECORDED_STATUSES, ActivityStatus, TransactionType
from .errors import Invalid
from .models import LevelConfig, PointTransaction
from .selectors import list_actions, list_levels, list_transactions_of
from .serializers import (
    ActionListSerializer,
    ActionSerializer,
    ActivityOutcomeSerializer,
    ActivityReportSerializer,
    LevelListSerializer,
    LevelSerializer,
    TransactionFilterSerializer,
    TransactionSerializer,
)
from .services.activities import ActivityOutcome, ActivityReport, record_activities

ACTIVITIES_PER_REQUEST_MAX = 1_000


class HasRequiredPermission(BasePermission):
    """Signed in and, when the view names a Django permission, holding it.

    Decided before anything is looked up, so a refusal says nothing about what exists.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view."""
        if not request.user.is_authenticated:
            return False
        names: dict[str, str] = getattr(view, "required_permissions", {})
        name = names.get(request.method or "", "")
        return not name or request.user.has_perm(name)


class LoyaltyView(GenericAPIView):
    """A view that states who may call it and how its lists and refusals look.

    `required_permissions` maps an HTTP method to a Django permission, `list_name` is the key a
    page of results stands under in `data`, `error_statuses` maps an error's `code` to the status
    this view's document gives it.
    """

    permission_classes = [HasRequiredPermission]
    required_permissions: ClassVar[dict[str, str]] = {}
    list_name: str = "results"
    error_statuses: ClassVar[dict[str, int]] = {}

    def validated(self, serializer_class: type, data: Any) -> Any:
        """Return the validated body or query, or raise the validation error."""
        serializer = serializer_class(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer(
        self, data: Any, *, message: str = "Success", status_code: int = status.HTTP_200_OK
    ) -> Response:
        """Return `data` with the sentence the envelope shows."""
        response = Response(data, status=status_code)
        # The envelope renderer reads it.
        setattr(response, "message", message)  # noqa: B010
        return response

    def answer_page(self, queryset: Any, serializer_class: type, **extra: Any) -> Response:
        """Return one page of a queryset under `list_name`, with `total` and what is extra.

        The site's filter backends put it in order first, by the view's `sort_fields`.
        """
        page = self.paginate_queryset(self.filter_queryset(queryset))
        rows = serializer_class(page, many=True, context=self.get_serializer_context()).data
        response = self.get_paginated_response(rows)
        response.data |= extra
        return response


class TransactionListView(LoyaltyView):
    """A member's own ledger."""

    serializer_class = TransactionSerializer
    list_name = "transactions"
    nest_pagination = True
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "version", "amount": "amount"}

    @extend_schema(
        summary="My transactions",
        parameters=[
            OpenApiParameter("type", enum=TransactionType.values),
            OpenApiParameter("from", description="A date or an instant; included."),
            OpenApiParameter("to", description="A date (the whole day) or an instant (excluded)."),
        ],
    )
    def get(self, request: Request) -> Response:
        """List the caller's transactions, newest first."""
        wanted = self.validated(TransactionFilterSerializer, request.query_params)
        return self.answer_page(
            narrow_transactions(list_transactions_of(request.user), wanted), TransactionSerializer
        )


def narrow_transactions(
    transactions: QuerySet[PointTransaction], wanted: dict[str, Any]
) -> QuerySet[PointTransaction]:
    """Apply a validated TransactionFilterSerializer to transactions."""
    columns = {"type": "type", "from": "created_at__gte", "to": "created_at__lt"}
    return transactions.filter(**{columns[name]: value for name, value in wanted.items()})


class LevelListView(LoyaltyView):
    """The levels of the programme."""

    serializer_class = LevelListSerializer
    pagination_class = None

    @extend_schema(summary="All levels", responses=LevelListSerializer)
    def get(self, request: Request) -> Response:
        """List every level, the lowest first."""
        levels = LevelSerializer(list_levels(), many=True).data
        return self.answer({"levels": levels, "total": len(levels)})


class ActionListView(LoyaltyView):
    """What members can do and what it earns."""

    serializer_class = ActionListSerializer
    pagination_class = None

    @extend_schema(summary="All actions", responses=ActionListSerializer)
    def get(self, request: Request) -> Response:
        """List every action with its points, description and category."""
        actions = ActionSerializer(list_actions(), many=True).data
        return self.answer({"actions": actions, "total": len(actions)})


class ActivityView(LoyaltyView):
    """Where the host platform reports what its members do."""

    serializer_class = ActivityReportSerializer
    required_permissions = {"POST": "points.report_activities"}

    @extend_schema(
        summary="Report activities",
        description="One object, or an array of up to 1,000 of them. Each gets its own answer, in "
        "order; the same `eventId` again changes nothing and answers `duplicate`.",
        request=ActivityReportSerializer(many=True),
        responses={201: ActivityOutcomeSerializer(many=True)},
        examples=[
            OpenApiExample(
                "One activity",
                request_only=True,
                value={
                    "eventId": "order-1187",
                    "userId": "john123",
                    "action": "PURCHASE",
                    "occurredAt": "2026-01-31T18:05:00+08:00",
                    "metadata": {"amount": 42.5},
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Record one activity, or many."""
        if isinstance(request.data, list):
            return self.answer_outcomes(self.record_many(request.data))
        outcome = self.record_one(request.data)
        recorded = outcome["status"] in RECORDED_STATUSES
        return self.answer(outcome, status_code=201 if recorded else 200)

    def record_one(self, item: Any) -> dict[str, Any]:
        """Record a single activity; what is wrong with it is the request's error."""
        report = self.read_report(self.validated(ActivityReportSerializer, item))
        [outcome] = record_activities(reports=[report], now=self.now)
        if outcome.status == ActivityStatus.INVALID:
            raise Invalid(outcome.reason)
        return present_outcomes([outcome])[0]

    def record_many(self, items: list[Any]) -> list[dict[str, Any]]:
        """Record many; what is wrong with one of them is its own answer."""
        if not 1 <= len(items) <= ACTIVITIES_PER_REQUEST_MAX:
            raise Invalid(f"Send 1 to {ACTIVITIES_PER_REQUEST_MAX:,} activities at a time.")
        context = self.get_serializer_context()
        answers: list[dict[str, Any] | None] = []
        reports = []
        for item in items:
            serializer = ActivityReportSerializer(data=item, context=context)
            if serializer.is_valid():
                reports.append(self.read_report(serializer.validated_data))
                answers.append(None)
            else:
                answers.append(present_invalid(item, serializer.errors))
        outcomes = iter(present_outcomes(record_activities(reports=reports, now=self.now)))
        return [answer if answer is not None else next(outcomes) for answer in answers]

    def answer_outcomes(self, outcomes: list[dict[str, Any]]) -> Response:
        """Return the outcomes: 201 when at least one activity entered the log."""
        recorded = sum(outcome["status"] in RECORDED_STATUSES for outcome in outcomes)
        message = f"{recorded} of {len(outcomes)} activities recorded"
        return self.answer(outcomes, message=message, status_code=201 if recorded else 200)

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the instant this request is judged by."""
        self.now = timezone.now()
        return super().get_serializer_context() | {"now": self.now}

    def read_report(self, validated: dict[str, Any]) -> ActivityReport:
        """Turn a validated body into a report; what has no instant happened now."""
        return ActivityReport(**({"occurred_at": self.now} | validated))


def present_outcomes(outcomes: list[ActivityOutcome]) -> list[dict[str, Any]]:
    """Return outcomes as the API shows them, with the names of the levels reached."""
    level_ids = {
        level_id for o in outcomes if o.posting for level_id in o.posting.reached_level_ids
    }
    names = LevelConfig.objects.in_bulk(level_ids) if level_ids else {}
    shown = []
    for outcome in outcomes:
        item: dict[str, Any] = {
            "eventId": outcome.report.event_id,
            "status": outcome.status.value,
            "points": outcome.points,
            "balance": outcome.balance,
            "reason": outcome.reason or None,
        }
        if outcome.posting and outcome.posting.reached_level_ids:
            item["level"] = names[outcome.posting.reached_level_ids[-1]].name
        shown.append(item)
    return shown


def present_invalid(item: Any, errors: Any) -> dict[str, Any]:
    """Return the answer for an activity that could not be read, naming each field's fault."""
    event_id = item.get("eventId") if isinstance(item, dict) else None
    faults = [f"{field}: {' '.join(map(str, messages))}" for field, messages in errors.items()]
    return {
        "eventId": event_id if isinstance(event_id, str) else None,
        "status": ActivityStatus.INVALID.value,
        "points": 0,
        "balance": None,
        "reason": " ".join(faults),
    }
