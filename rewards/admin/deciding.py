"""Deciding on the console: one row by its button, several after a look at what follows."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from rewards.errors import RedemptionNotFound
from rewards.models import Redemption
from rewards.selectors import parse_redemption_id
from rewards.services.redemptions import DecisionOutcome, decide_redemptions

from .decisions import APPROVE, COMPLETE, DECISIONS, REJECT, Decision, DecisionForm, describe
from .selection import CheckedSelectionAdmin

SELECTED_MAX = 500
JSON = "application/json"

# A sentence and how it is meant: a level of django.contrib.messages.
Note = tuple[int, str]


class DecidingAdmin(CheckedSelectionAdmin):
    """A list whose rows staff decide. A page's script asks for JSON and stays where it is."""

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Allow whoever holds rewards.decide_redemption."""
        return request.user.has_perm("rewards.decide_redemption")

    @admin.action(description="Approve selected redemptions", permissions=["decide"])
    def approve_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> HttpResponse | None:
        """Ask before approving several."""
        return self._ask_about_selected(request, queryset, APPROVE)

    @admin.action(description="Complete selected redemptions", permissions=["decide"])
    def complete_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> HttpResponse | None:
        """Ask before completing several."""
        return self._ask_about_selected(request, queryset, COMPLETE)

    @admin.action(description="Reject selected redemptions", permissions=["decide"])
    def reject_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> HttpResponse | None:
        """Ask why before rejecting several."""
        return self._ask_about_selected(request, queryset, REJECT)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that decide."""
        return [
            path(
                "decide/<slug:slug>/",
                self.admin_site.admin_view(self.decide_view),
                name="rewards_redemption_decide",
            ),
            path(
                "<uuid:redemption_id>/decide/<slug:slug>/",
                self.admin_site.admin_view(self.decide_one_view),
                name="rewards_redemption_decide_one",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def decide_one_view(self, request: HttpRequest, redemption_id: Any, slug: str) -> HttpResponse:
        """Decide the redemption of one row's button; rejecting asks for a reason first."""
        decision = self._check_decision(request, slug)
        if decision.returns_points:
            redemptions = _load([str(redemption_id)])
            if not redemptions:
                raise Http404
            return self._ask(request, redemptions, decision, DecisionForm(decision=decision))
        return self._decide(request, [str(redemption_id)], decision)

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Decide what the confirmation page lists, or the one that the dialog is about."""
        decision = self._check_decision(request, slug)
        redemption_ids = _read_redemption_ids(request)
        form = DecisionForm(request.POST, decision=decision)
        if form.is_valid():
            noted = {
                "notes": form.cleaned_data["reason"],
                "member_note": form.cleaned_data["member_note"],
            }
            return self._decide(request, redemption_ids, decision, **noted)
        if _wants_json(request):
            return JsonResponse({"errors": form.errors})
        return self._ask(request, _load(redemption_ids), decision, form)

    def _check_decision(self, request: HttpRequest, slug: str) -> Decision:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if slug not in DECISIONS:
            raise Http404
        return DECISIONS[slug]

    def _ask_about_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption], decision: Decision
    ) -> HttpResponse | None:
        """Show the confirmation page for a list's selection.

        The rows are loaded by key and not through the list's filters, so that one decided
        meanwhile is named and not silently missing.
        """
        if request.POST.get("select_across") == "1":
            chosen = queryset.values_list("pk", flat=True)[: SELECTED_MAX + 1]
            redemption_ids = [str(pk) for pk in chosen]
        else:
            redemption_ids = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if len(redemption_ids) > SELECTED_MAX:
            self.message_user(
                request, f"Select at most {SELECTED_MAX} redemptions at once.", messages.ERROR
            )
            return None
        form = DecisionForm(decision=decision)
        return self._ask(request, _load(redemption_ids), decision, form)

    def _ask(
        self,
        request: HttpRequest,
        redemptions: list[Redemption],
        decision: Decision,
        form: DecisionForm,
    ) -> HttpResponse:
        url = reverse("admin:rewards_redemption_decide", args=[decision.slug])
        context = {
            **self.admin_site.each_context(request),
            **describe(redemptions, decision, decider=request.user),
            "title": f"{decision.verb} redemptions",
            "opts": self.opts,
            "form": form,
            "redemptions": redemptions,
            "decide_url": self._return_to_list(request, url),
            "back_url": self._list_url(request),
        }
        return TemplateResponse(request, "admin/rewards/redemption/decide.html", context)

    def _list_url(self, request: HttpRequest) -> str:
        return self._return_to_list(request, reverse("admin:rewards_redemption_changelist"))

    def _return_to_list(self, request: HttpRequest, url: str) -> str:
        """Return the address with the list's filters, so that deciding leads back to them."""
        context: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return add_preserved_filters(context, url)

    def _decide(
        self, request: HttpRequest, redemption_ids: list[str], decision: Decision, **noted: str
    ) -> HttpResponse:
        outcomes = decide_redemptions(
            redemption_ids=redemption_ids,
            status=decision.status,
            actor=request.user,
            now=timezone.now(),
            **noted,
        )
        _log_decided(request, outcomes, decision)
        told = _list_notes(outcomes, decision)
        if _wants_json(request):
            tags = [(messages.DEFAULT_TAGS[level], text) for level, text in told]
            return JsonResponse({"notes": [{"level": tag, "text": text} for tag, text in tags]})
        for level, text in told:
            self.message_user(request, text, level)
        return HttpResponseRedirect(self._list_url(request))


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == JSON


def _load(redemption_ids: list[str]) -> list[Redemption]:
    redemptions = Redemption.objects.select_related("reward__code_pool", "member", "decided_by")
    return list(redemptions.filter(pk__in=redemption_ids).order_by("redeemed_at", "id"))


def _read_redemption_ids(request: HttpRequest) -> list[str]:
    """Return what a confirmation page listed; nothing but our own pages sends it."""
    try:
        keys = [parse_redemption_id(text) for text in request.POST.getlist("redemption")]
    except RedemptionNotFound:
        raise Http404 from None
    return [str(key) for key in keys[:SELECTED_MAX]]


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
    points = sum(redemption.points for redemption in decided)
    what = str(decided[0]) if len(decided) == 1 else f"{len(decided)} redemptions"
    returned = f" {points:,} points went back." if decision.returns_points else ""
    return f"{decision.done}: {what}.{returned}"
