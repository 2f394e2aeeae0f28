"""Publishings on the console: how far the members who had met a badge have got it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import ReadOnlyAdmin

from ..models import BadgeBackfill

SHOWN = ("badge", "progress", "awarded", "granted", "requested_by", "requested_at")


@admin.register(BadgeBackfill)
class BadgeBackfillAdmin(ReadOnlyAdmin):
    """A record to watch. While one is at work, the page shows itself anew every two seconds."""

    list_display = SHOWN
    list_display_links = None
    # What the workers note for themselves is left out.
    fields = readonly_fields = (*SHOWN, "finished_at", "stopped_because")
    list_select_related = ["badge", "requested_by"]
    list_filter = ["badge"]
    ordering = ["-id"]
    # There are never many.
    show_full_result_count = True

    @admin.display(description="Progress")
    def progress(self, backfill: BadgeBackfill) -> SafeString | str:
        """Return a bar, and the end of it."""
        if backfill.stopped_because:
            return f"Stopped. {backfill.stopped_because}"
        percentage = backfill.percentage
        return format_html(
            '<progress value="{}" max="100" aria-label="Progress">{}%</progress> {}',
            percentage,
            percentage,
            "Done" if backfill.finished_at else f"{percentage}%",
        )

    @admin.display(description="Awarded", ordering="awarded_count")
    def awarded(self, backfill: BadgeBackfill) -> str:
        """Return how many have it, of how many who met it when it was published."""
        return f"{backfill.awarded_count:,} of {backfill.waiting_count:,}"

    @admin.display(description="Points granted", ordering="points_granted")
    def granted(self, backfill: BadgeBackfill) -> str:
        """Return the points that came with the badge."""
        return f"{backfill.points_granted:,}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say whether to look again."""
        is_working = BadgeBackfill.objects.filter(finished_at=None).exists()
        return super().changelist_view(request, {"is_working": is_working, **(extra_context or {})})
