"""The levels, and where a member stands among them."""

from django.http import HttpRequest, HttpResponse

from points.selectors import get_account_of, list_levels, measure_levels

from .base import MemberPage


class LevelsPage(MemberPage):
    """All levels with what they bring."""

    template_name = "site/levels.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the levels and the way to the next."""
        standing = measure_levels(list(list_levels()), account=get_account_of(self.member))
        return self.show({"standing": standing})
