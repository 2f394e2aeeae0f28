"""The outbox in the console: to read, never to write."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from points.admin import ReadOnlyAdmin

from .models import OutboxEvent


class IsPublishedFilter(admin.SimpleListFilter):
    """Pending or published."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Name the two states."""
        return [("pending", "Pending"), ("published", "Published")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the events in the chosen state."""
        if self.value() in {"pending", "published"}:
            return queryset.filter(published_at__isnull=self.value() == "pending")
        return queryset


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """Events, those that wait first. Nothing waits for more than seconds while a worker runs."""

    list_display = ("created_at", "room", "seq", "event", "published_at")
    list_filter = (IsPublishedFilter, "event")
    search_fields = ("room__exact", "event_id__exact")
    search_help_text = "A room, such as user-mia or staff, or an event's id."
    # Descending puts the empty ones first; both columns stand in one index.
    ordering = ("-published_at", "-id")
