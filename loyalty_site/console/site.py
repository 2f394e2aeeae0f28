"""The staff's admin site."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from .numbers import collect_front_page, count_in_review, count_pending
from .sections import arrange, has_page
from .sign_in import SignInForm


class ConsoleSite(AdminSite):
    """Django's admin, arranged by what staff do and opening on what needs them."""

    site_header = "Loyalty console"
    site_title = "Loyalty console"
    index_title = "Today"
    login_form = SignInForm

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the pages this person may open, in sections; one app's own when it is named."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label else arrange(apps)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add how many redemptions and referrals wait, for those who may see them."""
        context = super().each_context(request)
        if has_page(context["available_apps"], "rewards.Redemption"):
            context["pending_redemptions"] = SimpleLazyObject(count_pending)
        if has_page(context["available_apps"], "referrals.Referral"):
            context["referrals_in_review"] = SimpleLazyObject(count_in_review)
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the front page: what waits for staff and the programme's figures."""
        figures = collect_front_page(person=request.user, now=timezone.now())
        return super().index(request, {**figures, **(extra_context or {})})
