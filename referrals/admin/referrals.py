"""Referrals on the console: a record to read, and the queue of those in review."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import DecisionQueueAdmin, filter_by_member, render_member

from ..enums import ReferralStatus
from ..models import Referral
from ..selectors.searching import search_referrals
from ..services import DecisionOutcome, decide_referrals
from .decisions import APPROVE, DECISIONS, REFUSE, Decision, DecisionForm, describe

# The console's colours are named after the states of a redemption.
PILLS = {
    ReferralStatus.PENDING: "",
    ReferralStatus.IN_REVIEW: "status-pending",
    ReferralStatus.CONVERTED: "status-approved",
    ReferralStatus.ACTIVATED: "status-completed",
    ReferralStatus.REFUSED: "status-rejected",
}


@admin.register(Referral)
class ReferralAdmin(DecisionQueueAdmin):
    """Who brought whom and how far it has come; what is in review is decided here."""

    decide_permission = "referrals.decide_referral"
    decisions = DECISIONS
    decision_form = DecisionForm
    list_filter = [
        filter_by_member("referrer", "referred"),
        "status",
        "held_because",
        "created_at",
    ]
    list_display_links = ["since"]
    list_select_related = ["referrer", "referred", "code", "decided_by"]
    search_rows = staticmethod(search_referrals)
    # Shows the search box; `search_rows` looks through all of them.
    search_fields = ["code__code", "referrer__name", "referred__name", "email"]
    search_help_text = "A whole code, or a member's id, name or e-mail"
    ordering = ["-id"]
    actions = ["approve_selected", "refuse_selected"]
    fieldsets = [
        (None, {"fields": ["referrer", "referred", "email", "code", "status"]}),
        ("When", {"fields": ["created_at", "invited_at", "converted_at", "activated_at"]}),
        (
            "Review",
            {
                "fields": [
                    "held_at",
                    "held_because",
                    "purchased_at",
                    "decided_at",
                    "decided_by",
                    "decision_reason",
                ]
            },
        ),
    ]

    def get_list_display(self, request: HttpRequest) -> list[str | Callable[[Referral], Any]]:
        """Return the columns; the buttons know who looks and which filters to come back to."""
        columns: list[str | Callable[[Referral], Any]] = [
            "brought_by",
            "new_member",
            "status_pill",
            "since",
            "code",
        ]
        if not self.has_decide_permission(request):
            return columns

        @admin.display(description="Decision")
        def decision(referral: Referral) -> SafeString | str:
            return self.render_buttons(request, referral)

        columns.insert(columns.index("since"), decision)
        return columns

    @admin.display(description="Referrer", ordering="referrer__name")
    def brought_by(self, referral: Referral) -> SafeString:
        """Return the referrer's name and id."""
        return render_member(referral.referrer)

    @admin.display(description="New member", ordering="referred__name")
    def new_member(self, referral: Referral) -> SafeString:
        """Return the new member's name and id, or the e-mail that was invited."""
        if referral.referred is None:
            return format_html('<span class="member-id">{}</span>', referral.email)
        return render_member(referral.referred)

    @admin.display(description="Status", ordering="status")
    def status_pill(self, referral: Referral) -> SafeString:
        """Return the status, why it is in review and who decided."""
        pill = format_html(
            '<span class="status-pill {}">{}</span>',
            PILLS[ReferralStatus(referral.status)],
            referral.get_status_display(),
        )
        if referral.decided_by:
            note = f"by {referral.decided_by.display_name}"
        elif referral.held_because:
            note = referral.get_held_because_display()
        else:
            return pill
        return format_html('{} <span class="decided-by">{}</span>', pill, note)

    @admin.display(description="Since")
    def since(self, referral: Referral) -> datetime:
        """Return when the referral came to where it stands."""
        standing = {
            ReferralStatus.PENDING: referral.invited_at,
            ReferralStatus.IN_REVIEW: referral.held_at,
            ReferralStatus.CONVERTED: referral.converted_at,
            ReferralStatus.ACTIVATED: referral.activated_at,
            ReferralStatus.REFUSED: referral.decided_at,
        }
        return standing[ReferralStatus(referral.status)] or referral.created_at

    @admin.action(description="Approve selected referrals", permissions=["decide"])
    def approve_selected(
        self, request: HttpRequest, queryset: QuerySet[Referral]
    ) -> HttpResponse | None:
        """Ask before approving several."""
        return self.ask_about_selected(request, queryset, APPROVE)

    @admin.action(description="Refuse selected referrals", permissions=["decide"])
    def refuse_selected(
        self, request: HttpRequest, queryset: QuerySet[Referral]
    ) -> HttpResponse | None:
        """Ask why before refusing several."""
        return self.ask_about_selected(request, queryset, REFUSE)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list with the number of those in review."""
        waiting = Referral.objects.filter(status=ReferralStatus.IN_REVIEW).count()
        return super().changelist_view(request, {"waiting": waiting, **(extra_context or {})})

    def load_rows(self, keys: list[str]) -> list[Referral]:
        """Return referrals with both members and who decided, the longest in review first."""
        referrals = Referral.objects.select_related("referrer", "referred", "decided_by")
        return list(referrals.filter(pk__in=keys).order_by("held_at", "pk"))

    def describe_decision(
        self, request: HttpRequest, rows: list[Referral], decision: Decision
    ) -> dict[str, Any]:
        """Return whom it affects and who is left out."""
        return describe(rows)

    def list_open_decisions(self, row: Referral) -> list[Decision]:
        """Return both while it is in review."""
        return list(DECISIONS.values()) if row.status == ReferralStatus.IN_REVIEW else []

    def is_own(self, request: HttpRequest, row: Referral) -> bool:
        """Answer whether the person is one of the two."""
        return request.user.pk in (row.referrer_id, row.referred_id)

    def decide_rows(
        self, request: HttpRequest, keys: list[str], decision: Decision, said: dict[str, str]
    ) -> HttpResponse:
        """Decide referrals, and say what came of it."""
        outcomes = decide_referrals(
            referral_ids=[int(key) for key in keys],
            approve=decision.approves,
            actor=request.user,
            reason=said.get("reason", ""),
            now=timezone.now(),
        )
        self._report(request, outcomes, decision)
        return HttpResponseRedirect(self.list_url(request))

    def _report(
        self, request: HttpRequest, outcomes: list[DecisionOutcome], decision: Decision
    ) -> None:
        """Say what happened, and about each that was refused a decision why."""
        decided = [outcome.referral for outcome in outcomes if outcome.referral]
        for referral in decided:
            self.log_change(request, referral, f"{decision.done}.")
        if decided:
            self.message_user(request, _summarise(decided, decision), messages.SUCCESS)
        for outcome in outcomes:
            if outcome.refusal:
                sentence = f"Referral {outcome.referral_id}: {outcome.refusal.message}"
                self.message_user(request, sentence, messages.WARNING)


def _summarise(decided: list[Referral], decision: Decision) -> str:
    if len(decided) > 1:
        return f"{decision.done}: {len(decided)} referrals."
    [referral] = decided
    return f"{decision.done}: {referral.referred}, brought by {referral.referrer}."
