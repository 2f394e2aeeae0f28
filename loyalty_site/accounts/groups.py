"""The ready-made groups of staff and what each may do.

Staff may add permissions to a group, add groups of their own and put people in them; what stands
here is put back by every `migrate`.
"""

from typing import Any

from django.apps.registry import Apps
from django.db.models import Q

# Whose members hold API keys; see `api_keys`.
HOST_GROUP = "host"

# Every staff group may read what it takes to help a member.
READ = (
    "accounts.view_user",
    "points.view_*",
    "rewards.view_*",
    "gamification.view_*",
)
GROUP_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "approver": (
        *READ,
        "referrals.view_*",
        "rewards.decide_redemption",
        "referrals.decide_referral",
        "gamification.award_badge",
    ),
    "catalogue manager": (
        *READ,
        "rewards.add_reward",
        "rewards.change_reward",
        "rewards.delete_reward",
        "rewards.add_rewardoption",
        "rewards.change_rewardoption",
        "rewards.add_codepool",
        "rewards.change_codepool",
        "rewards.add_vouchercode",
        "rewards.delete_vouchercode",
    ),
    "support": (
        *READ,
        "referrals.view_*",
        "referrals.decide_referral",
        "points.grant_points",
        "rewards.redeem_for_member",
        "gamification.award_badge",
        "gamification.change_boardpreference",
    ),
    "auditor": (
        *READ,
        "accounts.view_apikey",
        "accounts.view_staffchange",
        "referrals.view_*",
        "realtime.view_*",
        "auth.view_group",
        "admin.view_*",
    ),
    HOST_GROUP: (
        "accounts.add_user",
        "points.report_activities",
        "points.grant_points",
        "points.grant_points_without_limit",
        "points.serve_members",
        "rewards.report_purchases",
        "rewards.redeem_for_member",
        "gamification.report_stats",
    ),
}
APP_LABELS = {name.partition(".")[0] for names in GROUP_PERMISSIONS.values() for name in names}


def install_groups(*, app_label: str, apps: Apps, using: str) -> None:
    """Make the groups and give them what they may do in one app. Adds only; safe to repeat.

    `apps` is the state of the models that the tables of the database `using` have.
    """
    group_model: Any = apps.get_model("auth", "Group")
    permission_model: Any = apps.get_model("auth", "Permission")
    groups = group_model.objects.using(using)
    groups.bulk_create(
        [group_model(name=name) for name in GROUP_PERMISSIONS], ignore_conflicts=True
    )
    group_ids = dict(groups.values_list("name", "pk"))
    codenames = dict(
        permission_model.objects.using(using)
        .filter(Q(content_type__app_label=app_label))
        .values_list("codename", "pk")
    )
    grant_model: Any = group_model.permissions.through
    grant_model.objects.using(using).bulk_create(
        [
            grant_model(group_id=group_ids[group], permission_id=permission_id)
            for group, names in GROUP_PERMISSIONS.items()
            for codename, permission_id in codenames.items()
            if any(_covers(name, app_label, codename) for name in names)
        ],
        ignore_conflicts=True,
    )


def _covers(name: str, app_label: str, codename: str) -> bool:
    if name.endswith("*"):
        return f"{app_label}.{codename}".startswith(name[:-1])
    return name == f"{app_label}.{codename}"
