"""What a member is about to lose."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from points.selectors import get_holdings, list_expiries

from .base import MemberPage

SOON_DAYS = 30
# Points may live as long as the programme says; nobody looks further ahead.
AHEAD_DAYS = 3_650


class ExpiringPage(MemberPage):
    """Points that lapse, the soonest first."""

    template_name = "site/expiring.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what lapses when."""
        until = self.now + timedelta(days=AHEAD_DAYS)
        expiries = list_expiries(member=self.member, after=self.now, until=until)
        soon_at = self.now + timedelta(days=SOON_DAYS)
        holdings = get_holdings(member_id=self.member.pk, now=self.now)
        lapsing = sum(expiry.points for expiry in expiries)
        return self.show(
            {
                "expiries": expiries,
                "soon_at": soon_at,
                "soon": sum(expiry.points for expiry in expiries if expiry.expires_at <= soon_at),
                "balance": holdings.points,
                "lasting": max(holdings.points - lapsing, 0),
            }
        )
