"""Leaderboards on the console, and how members wish to be shown on them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from points.admin import KeepsChanges, MemberFilter, make_change_message, render_member
from points.services.calendar import get_programme_date

from ..enums import PeriodKind
from ..models import BoardPreference, Leaderboard
from ..selectors import get_period, list_places
from ..services.boards import clear_aliases

PREVIEW_ROWS = 10


@admin.register(Leaderboard)
class LeaderboardAdmin(KeepsChanges):
    """The boards members see. A new one needs no code: its address is the slug."""

    list_display = ["title", "slug", "metric", "unit", "is_active", "preview_link"]
    list_editable = ["unit", "is_active"]
    list_select_related = ["metric"]
    search_fields = ["slug", "title", "metric__name"]
    autocomplete_fields = ["metric"]
    ordering = ["id"]
    list_per_page = 100
    readonly_fields = ["this_month", "all_time"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "is_active"]}),
        ("What it shows", {"fields": ["metric", "unit"]}),
        ("Who stands where now", {"fields": ["this_month", "all_time"]}),
    ]

    @admin.display(description="preview")
    def preview_link(self, board: Leaderboard) -> SafeString:
        """Lead to the page that shows who stands where."""
        address = reverse("admin:gamification_leaderboard_change", args=[board.pk])
        return format_html('<a href="{}">Who leads?</a>', address)

    @admin.display(description="first of this month")
    def this_month(self, board: Leaderboard) -> SafeString | str:
        """Show the first places of the month."""
        return preview(board, PeriodKind.MONTH)

    @admin.display(description="first of all time")
    def all_time(self, board: Leaderboard) -> SafeString | str:
        """Show the first places of all time."""
        return preview(board, PeriodKind.ALL)


@admin.register(BoardPreference)
class BoardPreferenceAdmin(KeepsChanges):
    """Who hides, and who goes by which alias. Staff take an alias away, and give none."""

    list_display = ["alias_shown", "member_name", "is_hidden", "changed_at"]
    list_filter = [MemberFilter, "is_hidden"]
    list_select_related = ["member"]
    search_fields = ["alias", "member__public_id", "member__name"]
    ordering = ["-changed_at", "-pk"]
    actions = ["take_aliases_away"]

    @admin.display(description="Alias", ordering="alias")
    def alias_shown(self, preference: BoardPreference) -> str:
        """Return the alias, or that there is none."""
        return preference.alias or "No alias"

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, preference: BoardPreference) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(preference.member)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Let nobody speak for a member."""
        return ["member", "alias", "is_hidden", "changed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: members say how they wish to be shown."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: without it a hidden member would be named."""
        return False

    @admin.action(
        description="Take the aliases away, and hide their members", permissions=["change"]
    )
    def take_aliases_away(self, request: HttpRequest, queryset: QuerySet[BoardPreference]) -> None:
        """Clear the aliases chosen."""
        aliased = list(queryset.exclude(alias="").select_related("member"))
        count = clear_aliases(preferences=aliased, now=timezone.now())
        for each in aliased:
            message = make_change_message("alias", label="Alias", before=each.alias, after="")
            self.log_change(request, each, message)
        self.message_user(request, f"Aliases taken away: {count}.")


def preview(board: Leaderboard, kind: PeriodKind) -> SafeString | str:
    """Return the first places of a board as a list, with everybody's name."""
    if not board.metric_id:
        return "Save the board to see it."
    period = get_period(kind=kind, day=get_programme_date(timezone.now()))
    places = list_places(
        metric=board.metric, period=period, viewer_id=0, offset=0, limit=PREVIEW_ROWS
    )
    rows = ((place.rank, place.name, place.value, board.unit) for place in places)
    return format_html_join("", "<div>{}. {}: {} {}</div>", rows) if places else "Nobody yet."
