"""Which language an answer is in."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from .envelope import is_api_path


class PagesLocaleMiddleware(LocaleMiddleware):
    """Pages speak the language their reader asks for; the API speaks English to everybody.

    Clients show, log and search its sentences, so they must not depend on who happened to call.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language."""
        if not is_api_path(request.path_info):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Say which language a page is in."""
        if is_api_path(request.path_info):
            return response
        return super().process_response(request, response)
