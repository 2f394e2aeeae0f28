"""Where the host platform reports what its members do."""

from typing import Any, NoReturn

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from ..enums import RECORDED_STATUSES, ActivityStatus
from ..errors import Invalid
from ..models import LevelConfig
from ..serializers import ActivityOutcomeSerializer, ActivityReportSerializer
from ..services.activities import ActivityOutcome, ActivityReport, record_activities
from .base import LoyaltyView

ACTIVITIES_PER_REQUEST_MAX = 1_000
ONE_OR_MANY_REPORTS = PolymorphicProxySerializer(
    component_name="ActivityReports",
    serializers=[ActivityReportSerializer, ActivityReportSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)
ONE_OR_MANY_OUTCOMES = PolymorphicProxySerializer(
    component_name="ActivityOutcomes",
    serializers=[ActivityOutcomeSerializer, ActivityOutcomeSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)


class ActivityView(LoyaltyView):
    """Where the host platform reports what its members do."""

    serializer_class = ActivityReportSerializer
    required_permissions = {"POST": "points.report_activities"}

    @extend_schema(
        summary="Report activities",
        description="One object, or an array of up to 1,000 of them. Each gets its own answer, in "
        "order; the same `eventId` again changes nothing and answers `duplicate`. An object is "
        "answered by an object, an array by an array; 201 when one was recorded, else 200.",
        request=ONE_OR_MANY_REPORTS,
        responses={200: ONE_OR_MANY_OUTCOMES, 201: ONE_OR_MANY_OUTCOMES},
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
            refuse_whole_or_field(outcome.reason, field=find_metadata_field(outcome.reason))
        return present_outcomes([outcome])[0]

    def record_many(self, items: list[Any]) -> list[dict[str, Any]]:
        """Record many; what is wrong with one of them is its own answer."""
        if not 1 <= len(items) <= ACTIVITIES_PER_REQUEST_MAX:
            refuse_whole_or_field(f"Send 1 to {ACTIVITIES_PER_REQUEST_MAX:,} activities at a time.")
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

    def read_report(self, validated: dict[str, Any]) -> ActivityReport:
        """Turn a validated body into a report; what has no instant happened now."""
        facts = {"occurred_at": self.now, **validated}
        return ActivityReport(**facts)


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
    faults = []
    for field, messages in errors.items():
        sentences = " ".join(map(str, messages))
        about_whole = field == api_settings.NON_FIELD_ERRORS_KEY
        faults.append(sentences if about_whole else f"{field}: {sentences}")
    return {
        "eventId": event_id if isinstance(event_id, str) else None,
        "status": ActivityStatus.INVALID.value,
        "points": 0,
        "balance": None,
        "reason": "; ".join(faults),
    }


def find_metadata_field(reason: str) -> str | None:
    """Return the `metadata.…` that the ledger's reason begins with, or None."""
    first_word = reason.partition(" ")[0]
    return first_word if first_word.startswith("metadata.") else None


def refuse_whole_or_field(message: str, *, field: str | None = None) -> NoReturn:
    """Raise Invalid with the fault of one field, or of the body as a whole."""
    raise Invalid(message, details=[{"field": field, "message": message}])
