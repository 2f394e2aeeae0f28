"""Who waits for sold-out rewards, and who was told."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from points.admin import MemberFilter, ReadOnlyAdmin, render_member
from rewards.models import RewardWatch
from rewards.selectors.watches import list_waiting


class WaitingFilter(admin.SimpleListFilter):
    """The line as it is, unless those who were told are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("waiting", "Waiting"), ("told", "Told")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RewardWatch]
    ) -> QuerySet[RewardWatch]:
        """Return those who wait, or those who were told."""
        match self.value():
            case "waiting":
                return queryset.filter(pk__in=list_waiting().values("pk").order_by())
            case "told":
                return queryset.filter(told_at__isnull=False)
        return queryset


@admin.register(RewardWatch)
class RewardWatchAdmin(ReadOnlyAdmin):
    """The lines for sold-out rewards: members get in and out of them by themselves."""

    list_display = ["reward", "member_name", "created_at", "told_at", "mailed_at"]
    list_filter = [MemberFilter, WaitingFilter, "reward"]
    list_select_related = ["reward", "member"]
    search_fields = ["=member__public_id", "reward__title"]
    search_help_text = "A whole user id, or the reward's title"
    ordering = ["id"]
    fields = ["reward", "member", "created_at", "told_at", "mailed_at", "mail_refused_at"]

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, watch: RewardWatch) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(watch.member)
