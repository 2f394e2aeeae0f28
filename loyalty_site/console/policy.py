"""What the site's pages may load and run: what this site serves, and nothing inline."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADER = "Content-Security-Policy"
# The console and the member site, by the names of their urls.
PAGES = {"admin", "site"}


class ContentPolicyMiddleware:
    """Sends the policy with every answer of the pages' views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and say what the page may do."""
        response = self.get_response(request)
        match = request.resolver_match
        # An address nobody knows is answered by a page too.
        if match is None or PAGES.intersection(match.app_names):
            response.headers.setdefault(HEADER, POLICY)
        return response
