"""The levels, and where a member stands among them."""

from django.http import HttpRequest, HttpResponse

from points.selectors import get_holdings, list_levels

from ..levels import measure_levels
from .base import MemberPage


class LevelsPage(MemberPage):
    """All levels with what they bring."""

    template_name = "site/levels.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the levels and the way to the next."""
        holdings = get_holdings(member_id=self.member.pk, now=self.now)
        standing = measure_levels(list(list_levels()), lifetime_points=holdings.lifetime_points)
        return self.show({"standing": standing})
