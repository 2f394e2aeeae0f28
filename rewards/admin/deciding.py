"""Deciding on the console: one row by its button, several after a look at what follows."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone

import points.admin
from rewards.models import Redemption
from rewards.services.redemptions import DecisionOutcome, decide_redemptions

from .decisions import (
    APPROVE,
    COMPLETE,
    DECISIONS,
    REJECT,
    Decision,
    DecisionForm,
    describe,
    list_open_decisions,
)

JSON = "application/json"

# A sentence and how it is meant: a level of django.contrib.messages.
Note = tuple[int, str]


class DecidingAdmin(points.admin.DecisionQueueAdmin):
    """A list whose rows staff decide. A page's script asks for JSON and stays where it is."""

    decide_permission = "rewards.decide_redemption"
    decisions = DECISIONS
    decision_form = DecisionForm
    key_converter = "uuid"

    @admin.action(description="Approve selected redemptions", permissions=["decide"])
    def approve_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> HttpResponse | None:
        """Ask before approving several."""
        return self.ask_about_selected(request, queryset, APPROVE)

    @admin.action(description="Complete selected redemptions", permissions=["decide"])
    def complete_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> HttpResponse | None:
        """Ask before completing several."""
        return self.ask_about_selected(request, queryset, COMPLETE)

    @admin.action(description="Reject selected redemptions", permissions=["decide"])
    def reject_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> HttpResponse | None:
        """Ask why before rejecting several."""
        return self.ask_about_selected(request, queryset, REJECT)

    def load_rows(self, keys: list[str]) -> list[Redemption]:
        """Return redemptions with rewards, pools, members and deciders, the oldest first."""
        return _load(keys)

    def describe_decision(
        self, request: HttpRequest, rows: list[Redemption], decision: Decision
    ) -> dict[str, Any]:
        """Return what becomes of points, stock and codes, and whose redemptions are left out."""
        return describe(rows, decision, decider=request.user)

    def list_open_decisions(self, row: Redemption) -> list[Decision]:
        """Return the decisions a redemption can take from where it stands."""
        return list_open_decisions(row)

    def is_own(self, request: HttpRequest, row: Redemption) -> bool:
        """Answer whether it is the person's own."""
        return row.member_id == request.user.pk

    def refuse_form(
        self,
        request: HttpRequest,
        keys: list[str],
        decision: Decision,
        form: points.admin.DecisionForm,
    ) -> HttpResponse:
        """Name the errors to a script, ask a person again."""
        if _wants_json(request):
            return JsonResponse({"errors": form.errors})
        return super().refuse_form(request, keys, decision, form)

    def decide_rows(
        self, request: HttpRequest, keys: list[str], decision: Decision, said: dict[str, str]
    ) -> HttpResponse:
        """Decide redemptions and tell what came of it, as a script or a person wants it told."""
        outcomes = decide_redemptions(
            redemption_ids=keys,
            status=decision.status,
            actor=request.user,
            notes=said.get("reason", ""),
            member_note=said.get("member_note", ""),
            now=timezone.now(),
        )
        _log_decided(request, outcomes, decision)
        told = _list_notes(outcomes, decision)
        if _wants_json(request):
            decided = [outcome.redemption for outcome in outcomes if outcome.redemption]
            tags = [(messages.DEFAULT_TAGS[level], text) for level, text in told]
            return JsonResponse(
                {
                    "notes": [{"level": tag, "text": text} for tag, text in tags],
                    "decided": len(decided),
                    "returned": _sum_returned(decided, decision),
                }
            )
        for level, text in told:
            self.message_user(request, text, level)
        return HttpResponseRedirect(self.list_url(request))


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == JSON


def _load(redemption_ids: list[str]) -> list[Redemption]:
    redemptions = Redemption.objects.select_related("reward__code_pool", "member", "decided_by")
    return list(redemptions.filter(pk__in=redemption_ids).order_by("redeemed_at", "id"))


def _log_decided(request: HttpRequest, outcomes: list[DecisionOutcome], decision: Decision) -> None:
    decided: Any = [outcome.redemption for outcome in outcomes if outcome.redemption]
    person: Any = request.user
    if decided:
        LogEntry.objects.log_actions(
            person.pk, decided, action_flag=CHANGE, change_message=f"{decision.done}."
        )


def _list_notes(outcomes: list[DecisionOutcome], decision: Decision) -> list[Note]:
    """Return what happened as sentences, and about each that was refused why."""
    notes: list[Note] = []
    decided = [outcome.redemption for outcome in outcomes if outcome.redemption]
    if decided:
        notes.append((messages.SUCCESS, _summarise(decided, decision)))
    refused = [outcome.redemption_id for outcome in outcomes if outcome.refusal]
    titles = {str(entry.pk): str(entry) for entry in _load(refused)} if refused else {}
    for outcome in outcomes:
        if outcome.refusal:
            name = titles.get(outcome.redemption_id, "Redemption")
            notes.append((messages.WARNING, f"{name}: {outcome.refusal.message}"))
    return notes


def _summarise(decided: list[Redemption], decision: Decision) -> str:
    what = str(decided[0]) if len(decided) == 1 else f"{len(decided)} redemptions"
    points = _sum_returned(decided, decision)
    returned = f" {points:,} points went back." if points else ""
    return f"{decision.done}: {what}.{returned}"


def _sum_returned(decided: list[Redemption], decision: Decision) -> int:
    return sum(redemption.points for redemption in decided) if decision.returns_points else 0
