"""Where a member stands, at one glance."""

from django.http import HttpRequest, HttpResponse

from referrals.selectors import find_points_summary

from .base import MemberPage


class DashboardPage(MemberPage):
    """The page a member lands on."""

    template_name = "site/dashboard.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show balance, level and what is new."""
        return self.show({"summary": find_points_summary(self.member, now=self.now)})
