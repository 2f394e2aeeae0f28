"""Everything staff changed on the console, in one list, for whoever looks over their shoulders."""

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import ReadOnlyAdmin, render_member

from ..models import StaffChange

PILLS = {
    ADDITION: ("status-completed", "Added"),
    CHANGE: ("status-approved", "Changed"),
    DELETION: ("status-rejected", "Deleted"),
}


@admin.register(StaffChange)
class StaffChangeAdmin(ReadOnlyAdmin):
    """Who did what to which record, from what to what, the latest first."""

    list_display = ["action_time", "person", "kind", "record", "message"]
    list_display_links = None
    list_filter = ["action_flag", "action_time"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__public_id", "user__name", "object_repr", "change_message"]
    search_help_text = "Who did it, the record's name, or a word of the change"
    ordering = ["-id"]

    @admin.display(description="who", ordering="user__name")
    def person(self, change: StaffChange) -> SafeString:
        """Return who did it."""
        return render_member(change.user)

    @admin.display(description="did", ordering="action_flag")
    def kind(self, change: StaffChange) -> SafeString:
        """Return what was done, as a pill."""
        return format_html('<span class="status-pill {}">{}</span>', *PILLS[change.action_flag])

    @admin.display(description="record")
    def record(self, change: StaffChange) -> SafeString | str:
        """Return what it was done to, with the way there while it exists."""
        kind = str(change.content_type.name if change.content_type else "").capitalize()
        address = None if change.action_flag == DELETION else change.get_admin_url()
        if address is None:
            return f"{kind}: {change.object_repr}"
        return format_html('{}: <a href="{}">{}</a>', kind, address, change.object_repr)

    @admin.display(description="from what to what")
    def message(self, change: StaffChange) -> str:
        """Return the change in a sentence."""
        return change.get_change_message()
