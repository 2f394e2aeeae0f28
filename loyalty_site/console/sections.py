"""How the console's pages are grouped: by what staff do, not by the app that holds the table."""

from collections.abc import Iterable
from typing import Any

# Each section names its pages as "app.Model", in the order they are shown. A page that no section
# names stands at the end of its app's section, and under System when its app has none.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Queue", ("rewards.Redemption",)),
    (
        "Catalogue",
        (
            "rewards.Reward",
            "rewards.RewardWatch",
            "rewards.RewardOption",
            "rewards.OptionRedemption",
            "rewards.CodePool",
            "rewards.VoucherCode",
        ),
    ),
    (
        "Members",
        (
            "accounts.User",
            "points.PointAccount",
            "rewards.Purchase",
            "referrals.Referral",
            "referrals.ReferralCode",
            "gamification.BadgeAward",
        ),
    ),
    (
        "Programme",
        (
            "points.PointAction",
            "points.LevelConfig",
            "gamification.Badge",
            "gamification.BadgeBackfill",
            "gamification.Metric",
            "gamification.OutageDay",
        ),
    ),
    (
        "Ledger",
        (
            "points.PointTransaction",
            "points.Activity",
            "points.LotUse",
            "points.AuditRun",
        ),
    ),
    ("System", ()),
)
SECTION_OF_APP = {
    "rewards": "Catalogue",
    "referrals": "Members",
    "gamification": "Programme",
    "points": "Ledger",
}
LAST_SECTION = "System"


def arrange(apps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Django's list of apps as sections of the same shape; empty ones are left out."""
    pages = {
        f"{app['app_label']}.{page['object_name']}": page for app in apps for page in app["models"]
    }
    arranged = {
        title: [pages.pop(name) for name in names if name in pages] for title, names in SECTIONS
    }
    for name, page in sorted(pages.items()):
        app_label = name.partition(".")[0]
        arranged[SECTION_OF_APP.get(app_label, LAST_SECTION)].append(page)
    return [_section(title, found) for title, found in arranged.items() if found]


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
