"""The approval queue: what members redeemed and staff have to decide about."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from rewards.enums import RedemptionStatus
from rewards.errors import RedemptionNotFound
from rewards.models import Redemption
from rewards.selectors import parse_redemption_id
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
from .filters import StatusFilter
from .selection import CheckedSelectionAdmin

SELECTED_MAX = 500


@admin.register(Redemption)
class RedemptionAdmin(CheckedSelectionAdmin):
    """A queue to decide and a record to read. Nothing here is added, edited or deleted."""

    list_filter = [StatusFilter, "reward", "redeemed_at"]
    list_select_related = ["reward", "member", "decided_by"]
    list_display_links = ["reward_title"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["member__public_id", "member__name", "member__email", "reward__title"]
    search_help_text = "Member's id, name or e-mail, or the reward's title"
    actions = ["approve_selected", "complete_selected", "reject_selected"]
    fieldsets = [
        (None, {"fields": ["id", "reward", "member", "points", "status", "admin_notes"]}),
        (
            "When and who",
            {
                "fields": [
                    "redeemed_at",
                    "approved_at",
                    "approved_by",
                    "rejected_at",
                    "completed_at",
                    "cancelled_at",
                    "decided_by",
                ]
            },
        ),
        ("In the ledger", {"fields": ["spend", "reversal", "took_stock"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: members redeem, staff decide."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a redemption changes by decisions only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: it is part of the record."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow readers, and whoever decides."""
        return super().has_view_permission(request, obj) or self.has_decide_permission(request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Allow whoever holds rewards.decide_redemption."""
        return request.user.has_perm("rewards.decide_redemption")

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """Return the longest waiting first for the queue, the newest first for the record."""
        waits = request.GET.get("status", RedemptionStatus.PENDING) == RedemptionStatus.PENDING
        return ["redeemed_at", "id"] if waits else ["-redeemed_at", "id"]

    def get_list_display(self, request: HttpRequest) -> list[str | Callable[[Redemption], Any]]:
        """Return the columns; the buttons know who looks and which filters to come back to."""
        columns: list[str | Callable[[Redemption], Any]] = [
            "waiting",
            "member_name",
            "reward_title",
            "price",
            "status_pill",
        ]
        if not self.has_decide_permission(request):
            return columns

        @admin.display(description="Decision")
        def decision(redemption: Redemption) -> SafeString | str:
            return self._render_buttons(request, redemption)

        return [*columns, decision]

    @admin.display(description="Redeemed", ordering="redeemed_at")
    def waiting(self, redemption: Redemption) -> SafeString:
        """Return how long ago it was redeemed, the instant in the markup."""
        return format_html(
            '<time class="age" datetime="{}">{} ago</time>',
            redemption.redeemed_at.isoformat(),
            timesince(redemption.redeemed_at, depth=1),
        )

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, redemption: Redemption) -> SafeString:
        """Return the member's name and id."""
        return format_html(
            '<span class="member-name">{}</span> <span class="member-id">{}</span>',
            redemption.member.display_name,
            redemption.member.public_id,
        )

    @admin.display(description="Reward", ordering="reward__title")
    def reward_title(self, redemption: Redemption) -> str:
        """Return the reward's title."""
        return redemption.reward.title

    @admin.display(description="Points", ordering="points")
    def price(self, redemption: Redemption) -> str:
        """Return the price paid, with thousands apart."""
        return f"{redemption.points:,}"

    @admin.display(description="Status", ordering="status")
    def status_pill(self, redemption: Redemption) -> SafeString:
        """Return the status, and who decided."""
        pill = format_html(
            '<span class="status-pill status-{}">{}</span>',
            redemption.status.lower(),
            redemption.get_status_display(),
        )
        if redemption.decided_by is None:
            return pill
        return format_html(
            '{} <span class="decided-by">by {}</span>', pill, redemption.decided_by.display_name
        )

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
            redemptions = self._load([str(redemption_id)])
            if not redemptions:
                raise Http404
            return self._ask(request, redemptions, decision, DecisionForm(decision=decision))
        return self._decide(request, [str(redemption_id)], decision, notes="")

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Decide what the confirmation page lists."""
        decision = self._check_decision(request, slug)
        redemption_ids = _read_redemption_ids(request)
        form = DecisionForm(request.POST, decision=decision)
        if not form.is_valid():
            return self._ask(request, self._load(redemption_ids), decision, form)
        return self._decide(request, redemption_ids, decision, notes=form.cleaned_data["reason"])

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a redemption with the buttons that decide it."""
        redemption = kwargs.get("obj")
        if redemption and self.has_decide_permission(request):
            context["decision_buttons"] = self._render_buttons(request, redemption)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _check_decision(self, request: HttpRequest, slug: str) -> Decision:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if slug not in DECISIONS:
            raise Http404
        return DECISIONS[slug]

    def _render_buttons(self, request: HttpRequest, redemption: Redemption) -> SafeString | str:
        decisions = list_open_decisions(redemption)
        if not decisions:
            return ""
        if redemption.member_id == request.user.pk:
            return format_html('<span class="own">{}</span>', "Yours: a colleague decides")
        buttons = format_html_join(
            " ",
            '<button type="submit" formmethod="post" formaction="{}" class="button decide {}"'
            ' formnovalidate aria-label="{} {}">{}</button>',
            (
                (
                    self._return_to_list(
                        request,
                        reverse(
                            "admin:rewards_redemption_decide_one",
                            args=[redemption.pk, decision.slug],
                        ),
                    ),
                    decision.css_class,
                    decision.verb,
                    redemption,
                    decision.verb,
                )
                for decision in decisions
            ),
        )
        return format_html('<span class="decisions">{}</span>', buttons)

    def _return_to_list(self, request: HttpRequest, url: str) -> str:
        """Return the address with the list's filters, so that deciding leads back to them."""
        context: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return add_preserved_filters(context, url)

    def _load(self, redemption_ids: list[str]) -> list[Redemption]:
        redemptions = Redemption.objects.select_related("reward", "member", "decided_by")
        return list(redemptions.filter(pk__in=redemption_ids).order_by("redeemed_at", "id"))

    def _ask_about_selected(
        self, request: HttpRequest, queryset: QuerySet[Redemption], decision: Decision
    ) -> HttpResponse | None:
        """Show the confirmation page for a list's selection.

        The rows are loaded by key and not through the list's filters, so that one decided
        meanwhile is named and not silently missing.
        """
        if request.POST.get("select_across") == "1":
            redemption_ids = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        else:
            redemption_ids = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if len(redemption_ids) > SELECTED_MAX:
            self.message_user(
                request, f"Select at most {SELECTED_MAX} redemptions at once.", messages.ERROR
            )
            return None
        redemptions = self._load(redemption_ids)
        return self._ask(request, redemptions, decision, DecisionForm(decision=decision))

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
            **describe(redemptions, decision),
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

    def _decide(
        self, request: HttpRequest, redemption_ids: list[str], decision: Decision, *, notes: str
    ) -> HttpResponse:
        outcomes = decide_redemptions(
            redemption_ids=redemption_ids,
            status=decision.status,
            actor=request.user,
            notes=notes,
            now=timezone.now(),
        )
        self._report(request, outcomes, decision)
        return HttpResponseRedirect(self._list_url(request))

    def _report(
        self, request: HttpRequest, outcomes: list[DecisionOutcome], decision: Decision
    ) -> None:
        """Say what happened, and about each that was refused why."""
        decided = [outcome.redemption for outcome in outcomes if outcome.redemption]
        for redemption in decided:
            self.log_change(request, redemption, f"{decision.done}.")
        if decided:
            self.message_user(request, _summarise(decided, decision), messages.SUCCESS)
        titles = {str(entry.pk): str(entry) for entry in self._load_refused(outcomes)}
        for outcome in outcomes:
            if outcome.refusal:
                name = titles.get(outcome.redemption_id, "Redemption")
                self.message_user(request, f"{name}: {outcome.refusal.message}", messages.WARNING)

    def _load_refused(self, outcomes: list[DecisionOutcome]) -> list[Redemption]:
        refused = [outcome.redemption_id for outcome in outcomes if outcome.refusal]
        return self._load(refused) if refused else []


def _read_redemption_ids(request: HttpRequest) -> list[str]:
    """Return what a confirmation page listed; nothing but our own pages sends it."""
    try:
        keys = [parse_redemption_id(text) for text in request.POST.getlist("redemption")]
    except RedemptionNotFound:
        raise Http404 from None
    return [str(key) for key in keys[:SELECTED_MAX]]


def _summarise(decided: list[Redemption], decision: Decision) -> str:
    points = sum(redemption.points for redemption in decided)
    what = str(decided[0]) if len(decided) == 1 else f"{len(decided)} redemptions"
    returned = f" {points:,} points went back." if decision.returns_points else ""
    return f"{decision.done}: {what}.{returned}"
