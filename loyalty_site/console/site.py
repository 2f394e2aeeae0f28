"""The staff's admin site."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from .numbers import collect_front_page, count_in_review, count_pending
from .sections import arrange, has_page
from .sign_in import SignInForm


class ConsoleSite(AdminSite):
    """Django's admin, arranged by what staff do and opening on what needs them."""

    site_header = "Loyalty console"
    site_title = "Loyalty console"
    index_title = "Today"
    login_form = SignInForm

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the address that gives pages the token for their socket."""
        token = path("live-token", self.admin_view(self.live_token), name="live_token")
        return [token, *super().get_urls()]

    @method_decorator([never_cache, require_POST])
    def live_token(self, request: HttpRequest) -> JsonResponse:
        """Give a page that may hear the staff room the token for its socket."""
        if not request.user.has_perm("rewards.decide_redemption"):
            raise PermissionDenied
        issue = import_string(settings.LOYALTY_SOCKET_TOKEN_ISSUER)
        return JsonResponse({"token": issue(user=request.user)})

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
