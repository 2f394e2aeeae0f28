"""The levels, and where a member stands among them."""

from django.http import HttpRequest, HttpResponse

from points.selectors import list_levels
from referrals.selectors import find_points_summary

from .base import MemberPage


class LevelsPage(MemberPage):
    """All levels with what they bring."""

    template_name = "site/levels.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the levels and the way to the next."""
        summary = find_points_summary(self.member, now=self.now)
        return self.show({"levels": list_levels(), "summary": summary})
