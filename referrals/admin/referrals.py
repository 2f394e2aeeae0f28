"""Referrals on the console: a record to read, and the queue of those in review."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from points.admin import ReadOnlyAdmin, filter_by_member, render_member

from ..enums import ReferralStatus
from ..models import Referral
from ..services import DecisionOutcome, decide_referrals
from .decisions import APPROVE, DECISIONS, REFUSE, Decision, DecisionForm, describe

SELECTED_MAX = 500
# The console's colours are named after the states of a redemption.
PILLS = {
    ReferralStatus.PENDING: "",
    ReferralStatus.IN_REVIEW: "status-pending",
    ReferralStatus.CONVERTED: "status-approved",
    ReferralStatus.ACTIVATED: "status-completed",
    ReferralStatus.REFUSED: "status-rejected",
}


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    """Who brought whom and how far it has come; what is in review is decided here."""

    list_filter = [
        filter_by_member("referrer", "referred"),
        "status",
        "held_because",
        "created_at",
    ]
    list_display_links = ["since"]
    list_select_related = ["referrer", "referred", "code", "decided_by"]
    search_fields = [
        "=code__code",
        "referrer__public_id",
        "referrer__name",
        "referrer__email",
        "referred__public_id",
        "referred__name",
        "email",
    ]
    search_help_text = "A whole code, or part of either member's id, name or e-mail"
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

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow readers, and whoever decides."""
        return super().has_view_permission(request, obj) or self.has_decide_permission(request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Allow whoever holds referrals.decide_referral."""
        return request.user.has_perm("referrals.decide_referral")

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
            return self._render_buttons(request, referral)

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
        return self._ask_about_selected(request, queryset, APPROVE)

    @admin.action(description="Refuse selected referrals", permissions=["decide"])
    def refuse_selected(
        self, request: HttpRequest, queryset: QuerySet[Referral]
    ) -> HttpResponse | None:
        """Ask why before refusing several."""
        return self._ask_about_selected(request, queryset, REFUSE)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        """Refuse a selection that cannot be, before the database sees it."""
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if len(_read_keys(keys)) < len(keys):
            self.message_user(
                request, "The selection holds a row that is not there.", messages.ERROR
            )
            return None
        return super().response_action(request, queryset, *args)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that decide."""
        return [
            path(
                "decide/<slug:slug>/",
                self.admin_site.admin_view(self.decide_view),
                name="referrals_referral_decide",
            ),
            path(
                "<int:referral_id>/decide/<slug:slug>/",
                self.admin_site.admin_view(self.decide_one_view),
                name="referrals_referral_decide_one",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def decide_one_view(self, request: HttpRequest, referral_id: int, slug: str) -> HttpResponse:
        """Decide the referral of one row's button; refusing asks for a reason first."""
        decision = self._check_decision(request, slug)
        if decision.approves:
            return self._decide(request, [referral_id], decision, reason="")
        referrals = self._load([referral_id])
        if not referrals:
            raise Http404
        return self._ask(request, referrals, decision, DecisionForm(decision=decision))

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Decide what the confirmation page lists."""
        decision = self._check_decision(request, slug)
        keys = _read_keys(request.POST.getlist("referral"))[:SELECTED_MAX]
        form = DecisionForm(request.POST, decision=decision)
        if not form.is_valid():
            return self._ask(request, self._load(keys), decision, form)
        return self._decide(request, keys, decision, reason=form.cleaned_data["reason"])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list with the number of those in review."""
        waiting = Referral.objects.filter(status=ReferralStatus.IN_REVIEW).count()
        return super().changelist_view(request, {"waiting": waiting, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a referral with the buttons that decide it."""
        referral = kwargs.get("obj")
        if referral and self.has_decide_permission(request):
            context["decision_buttons"] = self._render_buttons(request, referral)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _check_decision(self, request: HttpRequest, slug: str) -> Decision:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if slug not in DECISIONS:
            raise Http404
        return DECISIONS[slug]

    def _render_buttons(self, request: HttpRequest, referral: Referral) -> SafeString | str:
        if referral.status != ReferralStatus.IN_REVIEW:
            return ""
        if request.user.pk in (referral.referrer_id, referral.referred_id):
            return format_html('<span class="own">{}</span>', "Yours: a colleague decides")
        name = "admin:referrals_referral_decide_one"
        rows = (
            (
                self._return_to_list(request, reverse(name, args=[referral.pk, decision.slug])),
                decision.css_class,
                decision.verb,
                referral,
                decision.verb,
            )
            for decision in DECISIONS.values()
        )
        buttons = format_html_join(
            " ",
            '<button type="submit" formmethod="post" formaction="{}" class="button decide {}"'
            ' formnovalidate aria-label="{} {}">{}</button>',
            rows,
        )
        return format_html('<span class="decisions">{}</span>', buttons)

    def _return_to_list(self, request: HttpRequest, url: str) -> str:
        """Return the address with the list's filters, so that deciding leads back to them."""
        context: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return add_preserved_filters(context, url)

    def _list_url(self, request: HttpRequest) -> str:
        return self._return_to_list(request, reverse("admin:referrals_referral_changelist"))

    def _load(self, keys: list[int]) -> list[Referral]:
        referrals = Referral.objects.select_related("referrer", "referred", "decided_by")
        return list(referrals.filter(pk__in=keys).order_by("held_at", "pk"))

    def _ask_about_selected(
        self, request: HttpRequest, queryset: QuerySet[Referral], decision: Decision
    ) -> HttpResponse | None:
        """Show the confirmation page for a list's selection.

        The rows are loaded by key and not through the list's filters, so that one decided
        meanwhile is named and not silently missing.
        """
        if request.POST.get("select_across") == "1":
            keys = list(queryset.values_list("pk", flat=True)[: SELECTED_MAX + 1])
        else:
            keys = _read_keys(request.POST.getlist(ACTION_CHECKBOX_NAME))
        if len(keys) > SELECTED_MAX:
            self.message_user(
                request, f"Select at most {SELECTED_MAX} referrals at once.", messages.ERROR
            )
            return None
        return self._ask(request, self._load(keys), decision, DecisionForm(decision=decision))

    def _ask(
        self,
        request: HttpRequest,
        referrals: list[Referral],
        decision: Decision,
        form: DecisionForm,
    ) -> HttpResponse:
        url = reverse("admin:referrals_referral_decide", args=[decision.slug])
        context = {
            **self.admin_site.each_context(request),
            **describe(referrals, decision),
            "title": f"{decision.verb} referrals",
            "opts": self.opts,
            "form": form,
            "decide_url": self._return_to_list(request, url),
            "back_url": self._list_url(request),
        }
        return TemplateResponse(request, "admin/referrals/referral/decide.html", context)

    def _decide(
        self, request: HttpRequest, keys: list[int], decision: Decision, *, reason: str
    ) -> HttpResponse:
        outcomes = decide_referrals(
            referral_ids=keys,
            approve=decision.approves,
            actor=request.user,
            reason=reason,
            now=timezone.now(),
        )
        self._report(request, outcomes, decision)
        return HttpResponseRedirect(self._list_url(request))

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


def _read_keys(texts: list[str]) -> list[int]:
    """Return the keys among what a page sent; nothing but our own pages sends them."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]  # noqa: PLR2004
