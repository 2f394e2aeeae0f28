"""Where a member stands, at one glance."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from gamification.selectors.dashboard import get_dashboard
from points.selectors import (
    get_account_of,
    list_expiries,
    list_levels,
    list_transactions_of,
    list_unrewarded,
    measure_levels,
)

from ..wording import explain_no_points
from .base import MemberPage
from .expiring import SOON_DAYS

TRANSACTIONS_SHOWN = 6
UNREWARDED_SHOWN = 3
UNREWARDED_DAYS = 7
BADGES_SHOWN = 3


class DashboardPage(MemberPage):
    """The page a member lands on."""

    template_name = "site/dashboard.html"
    part_template_name = "site/parts/overview.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show balance, level, what lapses, what is new, badges in reach and ranks."""
        member = self.member
        standing = measure_levels(list(list_levels()), account=get_account_of(member))
        soon = list_expiries(
            member=member, after=self.now, until=self.now + timedelta(days=SOON_DAYS)
        )
        dashboard = get_dashboard(user_id=member.public_id, now=self.now)
        unrewarded = list_unrewarded(
            member_id=member.pk, since=self.now - timedelta(days=UNREWARDED_DAYS)
        )
        return self.show(
            {
                "standing": standing,
                "expiring": soon[0] if soon else None,
                "expiring_points": sum(expiry.points for expiry in soon),
                "transactions": list_transactions_of(member.pk)[:TRANSACTIONS_SHOWN],
                "unrewarded": [
                    (activity, explain_no_points(activity))
                    for activity in unrewarded[:UNREWARDED_SHOWN]
                ],
                "dashboard": dashboard,
                "next_badges": dashboard.next_badges[:BADGES_SHOWN],
            }
        )
