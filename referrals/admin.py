"""Codes and referrals on the console: records to read."""

from django.contrib import admin

from points.admin import ReadOnlyAdmin

from .models import Referral, ReferralCode


@admin.register(ReferralCode)
class ReferralCodeAdmin(ReadOnlyAdmin):
    """Every code there ever was."""

    list_display = ["code", "member", "issued_at", "retired_at"]
    list_filter = [("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["member"]
    search_fields = ["=code", "member__public_id", "member__name", "member__email"]
    ordering = ["-id"]


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    """Who brought whom, and how far it has come."""

    list_display = [
        "referrer",
        "referred",
        "status",
        "code",
        "created_at",
        "converted_at",
        "activated_at",
    ]
    list_filter = ["status"]
    list_select_related = ["referrer", "referred", "code"]
    search_fields = [
        "=code__code",
        "referrer__public_id",
        "referrer__name",
        "referred__public_id",
        "referred__name",
        "email",
    ]
    ordering = ["-id"]
