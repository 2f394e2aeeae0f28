"""The balance in the header of every page, by itself."""

from django.http import HttpRequest, HttpResponse

from points.selectors import get_holdings

from .base import MemberPage


class BalancePart(MemberPage):
    """What the header fetches when points have moved."""

    template_name = "site/parts/balance.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what can be spent now."""
        return self.show({"points": get_holdings(member_id=self.member.pk, now=self.now).points})
