"""Options to redeem by type, and what members redeemed so."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import (
    KeepsChanges,
    MemberFilter,
    ReadOnlyAdmin,
    number_column,
    render_member,
)
from rewards.models import OptionRedemption, RewardOption
from rewards.selectors.offers import has_codes


@admin.register(RewardOption)
class RewardOptionAdmin(KeepsChanges):
    """What members may turn points into, from how many points on and at what rate."""

    list_display = ["name", "type", number_column("minimum_points"), "rate", "codes", "offer"]
    list_filter = ["is_active"]
    list_select_related = ["code_pool"]
    search_fields = ["name", "type"]
    ordering = ["id"]
    fieldsets = [
        (None, {"fields": ["type", "name", "description", "is_active"]}),
        ("What points are worth", {"fields": ["minimum_points", "points_per_unit", "currency"]}),
        ("Codes", {"fields": ["code_pool"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RewardOption]:
        """Look whether the pool of each has a code left."""
        options: QuerySet[RewardOption] = super().get_queryset(request)
        return options.annotate(has_codes=has_codes())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Fix the type once there is one."""
        return ["type"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: redemptions refer to it. An option nobody shall redeem is made inactive."""
        return False

    @admin.display(description="Rate", ordering="points_per_unit")
    def rate(self, option: RewardOption) -> str:
        """Return how many points are worth 1.00."""
        return f"{option.points_per_unit:,} points = 1.00 {option.currency}"

    @admin.display(description="Codes", ordering="code_pool__name")
    def codes(self, option: Any) -> SafeString | str:
        """Return the pool the option hands out from, and whether it is empty."""
        if option.code_pool is None:
            return "-"
        if option.has_codes:
            return str(option.code_pool)
        return format_html(
            '{} <span class="status-pill stock-out">No codes left</span>', option.code_pool
        )

    @admin.display(description="On offer", ordering="is_active")
    def offer(self, option: RewardOption) -> SafeString:
        """Return whether members see it."""
        state, words = ("active", "On offer") if option.is_active else ("inactive", "Inactive")
        return format_html('<span class="status-pill offer-{}">{}</span>', state, words)


@admin.register(OptionRedemption)
class OptionRedemptionAdmin(ReadOnlyAdmin):
    """What members redeemed by type, the newest first. It is done at once: nothing waits here."""

    list_display = ["redeemed_at", "member_name", "option", "price", "worth", "masked_code"]
    list_display_links = ["redeemed_at"]
    list_filter = [MemberFilter, "option", "redeemed_at"]
    list_select_related = ["member", "option", "voucher_code"]
    search_fields = ["member__public_id", "member__name", "member__email"]
    search_help_text = "Member's id, name or e-mail"
    ordering = ["-redeemed_at", "id"]
    fieldsets = [
        (None, {"fields": ["id", "member", "option", "price", "worth", "masked_code"]}),
        ("In the ledger", {"fields": ["redeemed_at", "points_per_unit", "code_pool", "spend"]}),
    ]
    readonly_fields = ["price", "worth", "masked_code"]

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, redemption: OptionRedemption) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(redemption.member)

    @admin.display(description="Points", ordering="points")
    def price(self, redemption: OptionRedemption) -> str:
        """Return the points, with thousands apart."""
        return f"{redemption.points:,}"

    @admin.display(description="Value", ordering="value")
    def worth(self, redemption: OptionRedemption) -> str:
        """Return what the points were worth."""
        return f"{redemption.value:,} {redemption.currency}"

    @admin.display(description="Code")
    def masked_code(self, redemption: OptionRedemption) -> str:
        """Return the end of the code; the whole of it is the member's."""
        code = getattr(redemption, "voucher_code", None)
        return code.masked if code else "-"
