"""Codes on the console: records to read."""

from django.contrib import admin

from points.admin import ReadOnlyAdmin

from ..models import ReferralCode


@admin.register(ReferralCode)
class ReferralCodeAdmin(ReadOnlyAdmin):
    """Every code there ever was."""

    list_display = ["code", "member", "issued_at", "retired_at"]
    list_filter = [("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["member"]
    search_fields = ["=code", "member__public_id", "member__name", "member__email"]
    ordering = ["-id"]
