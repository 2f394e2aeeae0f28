"""How the console's pages are grouped: by what staff do, not by the app that holds the table."""

from collections.abc import Iterable
from typing import Any

# Each section names its pages as "app.Model", in the order they are shown.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Queue", ("rewards.Redemption", "rewards.PurchaseRequest", "rewards.Purchase")),
    ("Catalogue", ("rewards.Reward", "rewards.RewardCategory", "rewards.RewardOption")),
    (
        "Members",
        (
            "accounts.User",
            "points.PointAccount",
            "referrals.Referral",
            "referrals.ReferralCode",
            "gamification.BadgeAward",
            "gamification.MemberBadge",
        ),
    ),
    (
        "Programme",
        (
            "points.PointAction",
            "points.LevelConfig",
            "gamification.Badge",
            "gamification.Metric",
            "gamification.Leaderboard",
        ),
    ),
    (
        "Ledger",
        (
            "points.PointTransaction",
            "points.PointLot",
            "points.LotUse",
            "points.Activity",
            "points.ReachedLevel",
        ),
    ),
)
LAST_SECTION = "System"


def arrange(apps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Django's list of apps as sections of the same shape; empty ones are left out.

    A page that no section names stands under System.
    """
    pages = {
        f"{app['app_label']}.{page['object_name']}": page for app in apps for page in app["models"]
    }
    sections = [
        _section(title, [pages.pop(name) for name in names if name in pages])
        for title, names in SECTIONS
    ]
    sections.append(_section(LAST_SECTION, sorted(pages.values(), key=lambda page: page["name"])))
    return [section for section in sections if section["models"]]


def has_page(sections: Iterable[dict[str, Any]], name: str) -> bool:
    """Answer whether a page ("app.Model") is among the sections."""
    return any(
        page["model"]._meta.label == name  # noqa: SLF001 -- Django's documented Options
        for section in sections
        for page in section["models"]
    )


def _section(title: str, pages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": title,
        "app_label": title.lower(),
        "app_url": "",
        "has_module_perms": True,
        "models": pages,
    }
