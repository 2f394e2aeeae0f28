"""What stands in the navigation of every page, in order. A page adds itself with one line."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One link: the page's name in urls.py, its icon in site/icons.svg.

    `within` names further pages at which this link is marked as the current one.
    """

    page: str
    label: str | Promise
    icon: str
    within: tuple[str, ...] = ()

    def holds(self, page: str) -> bool:
        """Say whether a page is this link's or stands below it."""
        return page == self.page or page in self.within


ENTRIES = (
    Entry(page="site:dashboard", label=_("Overview"), icon="home"),
    Entry(page="site:transactions", label=_("Points"), icon="list", within=("site:expiring",)),
    Entry(page="site:levels", label=_("Levels"), icon="star"),
    Entry(page="site:badges", label=_("Badges"), icon="badge"),
    Entry(
        page="site:rewards",
        label=_("Rewards"),
        icon="gift",
        within=("site:reward", "site:redeem", "site:options", "site:redeem-option"),
    ),
    Entry(
        page="site:redemptions",
        label=_("Redemptions"),
        icon="ticket",
        within=("site:redemption", "site:cancel-redemption"),
    ),
    Entry(
        page="site:referrals",
        label=_("Referrals"),
        icon="people",
        within=("site:invite", "site:new-code"),
    ),
    Entry(
        page="site:leaderboards",
        label=_("Leaderboards"),
        icon="trophy",
        within=("site:leaderboard", "site:board-preferences"),
    ),
    Entry(
        page="site:live", label=_("Live events"), icon="bolt", within=("site:live-by-file-name",)
    ),
)
