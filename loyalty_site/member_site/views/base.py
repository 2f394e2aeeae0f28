"""What every page of the member site is built on."""

from datetime import datetime
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views import View
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from points.errors import NotFound
from points.services.activities import find_zone


class SitePage(View):
    """A page for anybody. Times are those of the reader's own zone, else of the programme's.

    `template_name` is the whole page. `part_template_name` is what a request of htmx gets instead:
    the part of the page that filters and paging replace.
    """

    template_name = ""
    part_template_name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, with times as the reader's clock shows them."""
        with timezone.override(find_zone(getattr(request.user, "time_zone", ""))):
            return super().dispatch(request, *args, **kwargs)

    @cached_property
    def now(self) -> datetime:
        """The instant of the request."""
        return timezone.now()

    @property
    def wants_part(self) -> bool:
        """Say whether only a part of the page is asked for."""
        htmx: Any = self.request.htmx  # type: ignore[attr-defined]  # set by its middleware
        return bool(
            self.part_template_name
            and htmx
            and not htmx.boosted
            and not htmx.history_restore_request
        )

    def show(self, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Return the page, or the part that was asked for."""
        name = self.part_template_name if self.wants_part else self.template_name
        response = render(self.request, name, context, status=status)
        patch_vary_headers(response, ["HX-Request"])
        return response


@method_decorator(never_cache, name="dispatch")
class MemberPage(SitePage):
    """A page for whoever is signed in; `member` is who that is. Others are sent to sign in.

    What the selectors and services do not find, or not for this member, is a 404.
    """

    @property
    def member(self) -> Any:
        """The person who is signed in."""
        return self.request.user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, or lead to the sign-in and from there back here."""
        if request.user.is_authenticated:
            try:
                return super().dispatch(request, *args, **kwargs)
            except NotFound as error:
                raise Http404(error.message) from error
        htmx: Any = request.htmx  # type: ignore[attr-defined]  # set by its middleware
        if htmx:
            # The form must fill the window, and not the part of the page that asked.
            here = htmx.current_url_abs_path or resolve_url("site:dashboard")
            return HttpResponseClientRedirect(
                f"{reverse('site:sign-in')}?{urlencode({'next': here})}"
            )
        here = request.get_full_path() if request.method == "GET" else reverse("site:dashboard")
        return redirect_to_login(here, reverse("site:sign-in"))
