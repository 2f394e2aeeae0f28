"""Badges on the console: edited freely, and published once staff have seen what that costs."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import KeepsChanges
from points.errors import LoyaltyError

from ..enums import BadgeState
from ..models import Badge
from ..selectors import preview_badge
from ..services.publishing import publish_badge

PUBLISH_PERMISSION = "gamification.publish_badge"


@admin.register(Badge)
class BadgeAdmin(KeepsChanges):
    """Badges, what they take, and the way to publish them."""

    list_display = ["name", "type", "category", "criteria", "threshold", "state_pill", "is_active"]
    list_filter = ["state", "is_active", "category"]
    search_fields = ["type", "name", "criteria"]
    autocomplete_fields = ["metric"]
    ordering = ["id"]
    list_per_page = 100
    readonly_fields = ["state_pill", "created_at"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (None, {"fields": ["type", "name", "category", "description", "criteria"]}),
        (
            "What it takes",
            {
                "fields": ["metric", "threshold", "is_active", "state_pill"],
                "description": "Saving a new or changed criterion awards nobody yet: the next page "
                "shows who would get the badge and what that costs, and publishes it.",
            },
        ),
        ("What members read on the way", {"fields": ["milestone_one", "milestone_many"]}),
        ("What it is worth", {"fields": ["points", "image_url", "created_at"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: members hold it. A badge that nobody shall earn any more is made inactive."""
        return False

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Allow whoever holds gamification.publish_badge."""
        return request.user.has_perm(PUBLISH_PERMISSION)

    @admin.display(description="State", ordering="state")
    def state_pill(self, badge: Badge) -> SafeString | str:
        """Return the state, with the way on when it waits to be published."""
        if badge._state.adding:  # noqa: SLF001 -- Django documents it
            return "A draft until it is published"
        pill = format_html(
            '<span class="status-pill">{}</span>', BadgeState(badge.state).label.partition(",")[0]
        )
        if badge.state == BadgeState.PUBLISHED or not badge.is_active:
            return pill
        url = reverse("admin:gamification_badge_publish", args=[badge.pk])
        return format_html('{} <a href="{}">See who would get it</a>', pill, url)

    def get_urls(self) -> list[URLPattern]:
        """Add the preview."""
        return [
            path(
                "<int:badge_id>/publish/",
                self.admin_site.admin_view(self.publish_view),
                name="gamification_badge_publish",
            ),
            *super().get_urls(),
        ]

    def response_add(
        self, request: HttpRequest, obj: Badge, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead to the preview of a new badge."""
        return self._lead_on(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request: HttpRequest, obj: Badge) -> HttpResponse:
        """Lead to the preview of a changed criterion."""
        return self._lead_on(request, obj, super().response_change(request, obj))

    def publish_view(self, request: HttpRequest, badge_id: int) -> HttpResponse:
        """Show what publishing would do, and do it."""
        changes = request.method == "POST"
        allowed = self.has_publish_permission if changes else self.has_view_permission
        if not allowed(request):
            raise PermissionDenied
        badge = get_object_or_404(Badge.objects.select_related("metric"), pk=badge_id)
        if changes:
            return self._publish(request, badge)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Publish {badge.name}",
            "opts": self.opts,
            "badge": badge,
            "preview": preview_badge(badge),
            "may_publish": self.has_publish_permission(request),
            "is_possible": badge.is_active and badge.metric.is_active,
            "badge_url": reverse("admin:gamification_badge_change", args=[badge.pk]),
            "list_url": reverse("admin:gamification_badge_changelist"),
        }
        return TemplateResponse(request, "admin/gamification/badge/publish.html", context)

    def _publish(self, request: HttpRequest, badge: Badge) -> HttpResponse:
        try:
            backfill = publish_badge(badge_id=badge.pk, actor=request.user, now=timezone.now())
        except LoyaltyError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:gamification_badge_changelist"))
        self.log_change(request, badge, f"Published to {backfill.waiting_count:,} members.")
        self.message_user(request, f"{badge.name} is published.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:gamification_badgebackfill_changelist"))

    def _lead_on(self, request: HttpRequest, badge: Badge, response: HttpResponse) -> HttpResponse:
        # The database may have changed the state while the row was written.
        badge.refresh_from_db(fields=["state"])
        goes_elsewhere = any(
            name in request.POST for name in ("_continue", "_addanother", "_popup")
        )
        if goes_elsewhere or badge.state == BadgeState.PUBLISHED or not badge.is_active:
            return response
        return HttpResponseRedirect(reverse("admin:gamification_badge_publish", args=[badge.pk]))
