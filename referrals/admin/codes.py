"""Codes on the console: records to read."""

from django.contrib import admin
from django.utils.safestring import SafeString

from points.admin import MemberFilter, ReadOnlyAdmin, render_member

from ..models import ReferralCode


@admin.register(ReferralCode)
class ReferralCodeAdmin(ReadOnlyAdmin):
    """Every code there ever was."""

    list_display = ["code", "member_name", "issued_at", "retired_at"]
    list_filter = [MemberFilter, ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["member"]
    search_fields = ["=code", "member__public_id", "member__name", "member__email"]
    ordering = ["-id"]

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, code: ReferralCode) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(code.member)
