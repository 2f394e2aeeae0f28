"""The approval queue: what members redeemed and staff have to decide about."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from points.admin import MemberFilter, render_member
from rewards.enums import RedemptionStatus
from rewards.models import Redemption
from rewards.selectors.queue import search_redemptions

from .deciding import DecidingAdmin
from .decisions import REJECT, DecisionForm
from .filters import StatusFilter
from .live import LiveListAdmin
from .paging import CappedPaginator


@admin.register(Redemption)
class RedemptionAdmin(DecidingAdmin, LiveListAdmin):
    """A queue to decide and a record to read. Nothing here is added, edited or deleted."""

    list_filter = [StatusFilter, MemberFilter, "reward", "redeemed_at"]
    list_select_related = ["reward", "member", "decided_by"]
    list_display_links = ["reward_title"]
    list_max_show_all = 0
    paginator = CappedPaginator
    search_rows = staticmethod(search_redemptions)
    # Shows the search box; `search_rows` looks through all of them.
    search_fields = ["member__public_id", "member__name", "member__email", "reward__title"]
    search_help_text = "Member's id, name or e-mail, or the reward's title"
    actions = ["approve_selected", "complete_selected", "reject_selected"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "id",
                    "reward",
                    "member",
                    "points",
                    "status",
                    "admin_notes",
                    "member_note",
                ]
            },
        ),
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
            return self.render_buttons(request, redemption)

        return [*columns, decision]

    @admin.display(description="Redeemed", ordering="redeemed_at")
    def waiting(self, redemption: Redemption) -> SafeString:
        """Return how long ago it was redeemed, the instant in the markup."""
        return format_html(
            '<time class="age" datetime="{}" data-redemption="{}">{} ago</time>',
            redemption.redeemed_at.isoformat(),
            redemption.pk,
            timesince(redemption.redeemed_at, depth=1),
        )

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, redemption: Redemption) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(redemption.member)

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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the queue, with what its script needs when this person decides."""
        decides = self.has_decide_permission(request)
        context = {"decides": decides, "reject_form": DecisionForm(decision=REJECT)}
        return super().changelist_view(request, context | (extra_context or {}))
