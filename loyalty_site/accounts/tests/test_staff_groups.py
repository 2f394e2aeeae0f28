"""The ready-made groups of staff."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection

from loyalty_site.accounts.groups import GROUP_PERMISSIONS

pytestmark = pytest.mark.django_db
migration = import_module(
    "loyalty_site.accounts.migrations.0007_take_everybody_s_records_from_hosts"
)

POWERS = {
    "approver": {
        "rewards.decide_redemption",
        "referrals.decide_referral",
        "gamification.award_badge",
    },
    "catalogue manager": {
        "rewards.add_reward",
        "rewards.change_reward",
        "rewards.delete_reward",
        "rewards.add_rewardoption",
        "rewards.change_rewardoption",
        "rewards.add_codepool",
        "rewards.change_codepool",
        "rewards.add_vouchercode",
        "rewards.delete_vouchercode",
    },
    "support": {
        "points.grant_points",
        "referrals.decide_referral",
        "rewards.redeem_for_member",
        "gamification.award_badge",
        "gamification.change_boardpreference",
    },
    "auditor": set(),
    "host": {
        "accounts.add_user",
        "points.grant_points",
        "points.grant_points_without_limit",
        "points.report_activities",
        "points.serve_members",
        "rewards.report_purchases",
        "rewards.redeem_for_member",
        "gamification.report_stats",
    },
}


def permissions_of(name):
    rows = Permission.objects.filter(group__name=name)
    return {
        f"{label}.{codename}"
        for label, codename in rows.values_list("content_type__app_label", "codename")
    }


@pytest.mark.parametrize("name", GROUP_PERMISSIONS)
def test_a_group_may_change_what_its_work_is_and_nothing_else(name):
    powers = {
        permission
        for permission in permissions_of(name)
        if not permission.partition(".")[2].startswith("view_")
    }

    assert powers == POWERS[name]


@pytest.mark.parametrize("name", sorted(set(GROUP_PERMISSIONS) - {"host"}))
def test_every_staff_group_may_read_what_it_takes_to_help_a_member(name):
    assert {
        "accounts.view_user",
        "points.view_pointaccount",
        "points.view_pointtransaction",
        "rewards.view_redemption",
        "rewards.view_reward",
    } <= permissions_of(name)


def test_no_group_may_change_people():
    for name in GROUP_PERMISSIONS:
        assert not permissions_of(name) & {"accounts.change_user", "auth.change_group"}


def test_a_member_of_a_group_holds_its_powers(make_staff):
    paul = make_staff("paul", "approver")

    assert paul.has_perm("rewards.decide_redemption")
    assert not paul.has_perm("points.grant_points")


def test_migrating_again_puts_back_what_is_missing_and_leaves_what_staff_added():
    support = Group.objects.get(name="support")
    support.permissions.remove(Permission.objects.get(codename="grant_points"))
    support.permissions.add(Permission.objects.get(codename="change_levelconfig"))
    Group.objects.get(name="host").delete()

    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)

    assert {"points.grant_points", "points.change_levelconfig"} <= permissions_of("support")
    assert permissions_of("host") == POWERS["host"]


def test_what_hosts_were_given_once_is_taken_from_them():
    host = Group.objects.get(name="host")
    for _, codename in migration.TAKEN:
        host.permissions.add(Permission.objects.get(codename=codename))

    migration.take_back(apps, connection.schema_editor())

    assert permissions_of("host") == POWERS["host"]
    assert "points.view_pointaccount" in permissions_of("support")


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_has_the_groups_again():
    before = {name: permissions_of(name) for name in GROUP_PERMISSIONS}

    call_command("flush", interactive=False, verbosity=0)

    assert {name: permissions_of(name) for name in GROUP_PERMISSIONS} == before
