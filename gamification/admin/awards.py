"""Awarded badges on the console: who holds which, and the two ways staff have a say in it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import MemberFilter, ReadOnlyAdmin, render_member
from points.errors import LoyaltyError

from ..models import Badge, BadgeAward
from ..selectors import list_badges
from ..services.awards import award_badge, revoke_badge

AWARD_PERMISSION = "gamification.award_badge"
REASON_LENGTH_MAX = 255


class ReasonForm(forms.Form):
    """Why. It goes on record."""

    reason = forms.CharField(
        max_length=REASON_LENGTH_MAX,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text="Staff read it on the award.",
        error_messages={"required": "Say why, so that colleagues can tell the member."},
    )


class AwardForm(ReasonForm):
    """Whom to give which badge, and why."""

    user_id = forms.CharField(label="Member's userId", max_length=64)
    badge = forms.ModelChoiceField(queryset=Badge.objects.none())
    field_order = ["user_id", "badge", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["badge"].queryset = list_badges()  # type: ignore[attr-defined]


@admin.register(BadgeAward)
class BadgeAwardAdmin(ReadOnlyAdmin):
    """A record to read, and two buttons: award and revoke."""

    list_display = ["badge", "member_name", "earned_at", "origin", "worth", "standing"]
    list_filter = [
        MemberFilter,
        "badge",
        "origin",
        ("revoked_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["badge", "member", "revoked_by"]
    search_fields = ["member__public_id", "member__name", "member__email"]
    search_help_text = "Member's id, name or e-mail"
    ordering = ["-id"]

    def has_award_permission(self, request: HttpRequest) -> bool:
        """Allow whoever holds gamification.award_badge."""
        return request.user.has_perm(AWARD_PERMISSION)

    @admin.display(description="Member", ordering="member__name")
    def member_name(self, award: BadgeAward) -> SafeString:
        """Return the member's name, which leads to their page, and id."""
        return render_member(award.member)

    @admin.display(description="Points", ordering="points")
    def worth(self, award: BadgeAward) -> str:
        """Return the points that came with it."""
        return f"{award.points:,}"

    @admin.display(description="Stands", ordering="revoked_at")
    def standing(self, award: BadgeAward) -> SafeString | str:
        """Return whether it stands, and who ended it why."""
        if award.revoked_by is None:
            return "Yes"
        return format_html(
            'Revoked by {}: <span title="{}">{}</span>',
            award.revoked_by.display_name,
            award.revoke_reason,
            award.revoke_reason[:60],
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that award and revoke."""
        guarded = self.admin_site.admin_view
        return [
            path("award/", guarded(self.award_view), name="gamification_badgeaward_award"),
            path(
                "<int:award_id>/revoke/",
                guarded(self.revoke_view),
                name="gamification_badgeaward_revoke",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the way to award, to those who may."""
        context = {"may_award": self.has_award_permission(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show an award with the way to revoke it, to those who may."""
        award = kwargs.get("obj")
        if award and award.revoked_at is None and self.has_award_permission(request):
            context["revoke_url"] = reverse("admin:gamification_badgeaward_revoke", args=[award.pk])
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def award_view(self, request: HttpRequest) -> HttpResponse:
        """Give a member a badge."""
        self._check(request)
        form = AwardForm(request.POST or None)
        if not form.is_valid():
            return self._ask(request, form, title="Award a badge", verb="Award the badge")
        try:
            award = award_badge(
                user_id=form.cleaned_data["user_id"],
                badge_type=form.cleaned_data["badge"].type,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except LoyaltyError as refusal:
            form.add_error(None, refusal.message)
            return self._ask(request, form, title="Award a badge", verb="Award the badge")
        self.log_addition(request, award, f"Awarded: {award.reason}")
        self.message_user(
            request, f"{award.member} has {award.badge}, worth {award.points:,} points."
        )
        return HttpResponseRedirect(reverse("admin:gamification_badgeaward_changelist"))

    def revoke_view(self, request: HttpRequest, award_id: int) -> HttpResponse:
        """Take a badge away."""
        self._check(request)
        award = get_object_or_404(
            BadgeAward.objects.select_related("badge", "member"), pk=award_id, revoked_at=None
        )
        form = ReasonForm(request.POST or None)
        title = f"Revoke {award.badge} from {award.member}"
        if not form.is_valid():
            return self._ask(request, form, title=title, verb="Revoke the badge", award=award)
        try:
            revoke_badge(
                id_or_type=award.badge.type,
                user_id=award.member.public_id,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except LoyaltyError as refusal:
            form.add_error(None, refusal.message)
            return self._ask(request, form, title=title, verb="Revoke the badge", award=award)
        self.log_change(request, award, f"Revoked: {form.cleaned_data['reason']}")
        self.message_user(request, f"{award.member} no longer has {award.badge}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:gamification_badgeaward_changelist"))

    def _check(self, request: HttpRequest) -> None:
        if not self.has_award_permission(request):
            raise PermissionDenied

    def _ask(
        self, request: HttpRequest, form: forms.Form, *, title: str, verb: str, award: Any = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "verb": verb,
            "award": award,
            "list_url": reverse("admin:gamification_badgeaward_changelist"),
        }
        return TemplateResponse(request, "admin/gamification/badgeaward/ask.html", context)
