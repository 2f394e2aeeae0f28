"""What keeps an open list true: its rows as they are now, and where single ones stand."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from points.admin import CheckedSelectionAdmin
from rewards.errors import RedemptionNotFound
from rewards.models import Redemption
from rewards.selectors import parse_redemption_id

FRAGMENT_HEADER = "X-Fragment"
STANDINGS_MAX = 200


class LiveListAdmin(CheckedSelectionAdmin):
    """A list that a page can fetch again in part. queue.js does, when it hears of changes."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the rows alone when only they are asked for."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        patch_vary_headers(response, [FRAGMENT_HEADER])
        if request.headers.get(FRAGMENT_HEADER) == "rows" and isinstance(
            response, TemplateResponse
        ):
            response.template_name = "admin/rewards/redemption/rows.html"
            add_never_cache_headers(response)
        return response

    def get_urls(self) -> list[URLPattern]:
        """Add the address that says where redemptions stand."""
        standings = path(
            "standings/",
            self.admin_site.admin_view(self.standings_view),
            name="rewards_redemption_standings",
        )
        return [standings, *super().get_urls()]

    @method_decorator([never_cache, require_GET])
    def standings_view(self, request: HttpRequest) -> JsonResponse:
        """Answer `{<id>: {status, label, by}}` for each `?id=` there is; `by` may be null."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            keys = [parse_redemption_id(text) for text in request.GET.getlist("id")]
        except RedemptionNotFound:
            keys = []
        redemptions = Redemption.objects.select_related("decided_by").filter(
            pk__in=keys[:STANDINGS_MAX]
        )
        return JsonResponse({str(entry.pk): _describe(entry) for entry in redemptions})


def _describe(redemption: Redemption) -> dict[str, str | None]:
    return {
        "status": redemption.status,
        "label": redemption.get_status_display(),
        "by": redemption.decided_by.display_name if redemption.decided_by else None,
    }
