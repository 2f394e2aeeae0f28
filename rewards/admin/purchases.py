"""Purchases on the console: records to read. The host advances them, members redeem."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from points.admin import MemberFilter, ReadOnlyAdmin, render_member
from rewards.models import Purchase

SHOWN = ["price", "status_pill", "discount", "timeline"]


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    """What members bought, what it earned and what points paid of it."""

    list_display = ["id", "member_name", "price", "status_pill", "discount", "registered_at"]
    list_filter = [MemberFilter, "status", ("claimed_at", admin.EmptyFieldListFilter)]
    search_fields = ["=id", "member__public_id", "member__name", "member__email"]
    search_help_text = "The purchase's id, or the member's id, name or e-mail"
    ordering = ["-registered_at", "id"]
    fieldsets = [
        (None, {"fields": ["id", "member", "price", "status_pill"]}),
        ("What happened", {"fields": ["timeline"]}),
        ("In the ledger", {"fields": ["points_earned", "discount", "spend", "reversal"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purchase]:
        """Take the member along."""
        return super().get_queryset(request).select_related("member")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return every field: there is nothing to edit."""
        return ["id", "member", "points_earned", "spend", "reversal", *SHOWN]

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, purchase: Purchase) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(purchase.member)

    @admin.display(description="Amount", ordering="amount")
    def price(self, purchase: Purchase) -> str:
        """Return the amount with its currency."""
        return f"{purchase.amount:,} {purchase.currency}"

    @admin.display(description="Status", ordering="status")
    def status_pill(self, purchase: Purchase) -> SafeString:
        """Return where it stands."""
        return format_html(
            '<span class="status-pill purchase-{}">{}</span>',
            purchase.status,
            purchase.get_status_display(),
        )

    @admin.display(description="Paid by points", ordering="credit_amount")
    def discount(self, purchase: Purchase) -> str:
        """Return what points paid, and whether they went back."""
        if purchase.credit_amount is None:
            return "-"
        returned = ", given back" if purchase.reversal_id else ""
        points = f"{purchase.points_used:,} points"
        return f"{purchase.credit_amount:,} {purchase.currency} for {points}{returned}"

    @admin.display(description="Timeline")
    def timeline(self, purchase: Purchase) -> SafeString:
        """Return every step with its instant, in order."""
        steps = format_html_join(
            "",
            '<li><time datetime="{}">{}</time> {}</li>',
            (
                (
                    instant.isoformat(),
                    date_format(timezone.localtime(instant), "DATETIME_FORMAT"),
                    what,
                )
                for instant, what in sorted(_list_steps(purchase), key=lambda step: step[0])
            ),
        )
        return format_html('<ol class="timeline">{}</ol>', steps)


def _list_steps(purchase: Purchase) -> Iterator[tuple[datetime, str]]:
    yield purchase.registered_at, "Registered"
    if purchase.claimed_at:
        yield purchase.claimed_at, f"{purchase.points_used:,} points redeemed"
    if purchase.delivered_at:
        yield purchase.delivered_at, "Delivered"
    if purchase.completed_at:
        earned = f"{purchase.points_earned or 0:,}"
        yield purchase.completed_at, f"Completed, {earned} points earned"
    if purchase.cancelled_at:
        returned = f", {purchase.points_used:,} points given back" if purchase.reversal_id else ""
        yield purchase.cancelled_at, f"Cancelled{returned}"
