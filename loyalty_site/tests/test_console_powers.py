"""Which group may open and change what on the console: every address of it, for every group.

The addresses come from the admin site itself, so a page that no table names fails.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, resolve

from loyalty_site.accounts.admin.member_actions import ACTIONS

pytestmark = pytest.mark.django_db

GROUPS = ("approver", "catalogue manager", "support", "auditor", "none at all")
METHODS = ("GET", "POST")
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?\w+>")
# But for members nothing that an address names is there: who may go on learns that, and who may
# not learns nothing.
VALUES = {"str": "mia", "uuid": "00000000-0000-0000-0000-000000000000", "slug": "approve"}
NOT_THERE = "9999999"
# A record's history, which Django looks up before it asks who looks, and what is everybody's.
LEFT_OUT = re.compile(
    r".*_history|app_list|index|login|logout|password_change.*|jsi18n|view_on_site|autocomplete"
)


# What each group in its turn may do with a model's pages: view, add, change, delete.
MODELS = {
    "accounts_apikey": "- - - v -",
    "accounts_staffchange": "- - - v -",
    "accounts_user": "v v v v -",
    "auth_group": "- - - v -",
    "gamification_badge": "v v v v -",
    "gamification_badgeaward": "v v v v -",
    "gamification_badgebackfill": "v v v v -",
    "gamification_boardpreference": "v v vc v -",
    "gamification_leaderboard": "v v v v -",
    "gamification_metric": "v v v v -",
    "gamification_outageday": "v v v v -",
    "points_activity": "v v v v -",
    "points_auditrun": "v v v v -",
    "points_expiryreminder": "v v v v -",
    "points_levelconfig": "v v v v -",
    "points_lotuse": "v v v v -",
    "points_pointaccount": "v v v v -",
    "points_pointaction": "v v v v -",
    "points_pointtransaction": "v v v v -",
    "points_refusedactivity": "v v v v -",
    "realtime_outboxevent": "- - - v -",
    "referrals_referral": "v - v v -",
    "referrals_referralcode": "v - v v -",
    "rewards_codepool": "v vac v v -",
    "rewards_optionredemption": "v v v v -",
    "rewards_purchase": "v v v v -",
    "rewards_redemption": "v v v v -",
    "rewards_reward": "v vacd v v -",
    "rewards_rewardoption": "v vac v v -",
    "rewards_rewardwatch": "v v v v -",
    "rewards_vouchercode": "v vd v v -",
}
# What each may send to the other pages: GET, POST.
PAGES = {
    "accounts_apikey_revoke": "- - - - -",
    "accounts_user_member": "GP GP GP GP -",
    "accounts_user_act/grant": "- - GP - -",
    "accounts_user_act/deduct": "- - GP - -",
    "accounts_user_act/award": "GP - GP - -",
    "accounts_user_act/unlock": "- - - - -",
    "accounts_user_act/deactivate": "- - - - -",
    "accounts_user_act/activate": "- - - - -",
    "auth_user_password_change": "- - - - -",
    "referrals_referral_decide": "P - P - -",
    "referrals_referral_decide_one": "P - P - -",
    "rewards_reward_process_import": "- P - - -",
    "rewards_reward_import": "- GP - - -",
    "rewards_reward_export": "GP GP GP GP -",
    "rewards_codepool_codes": "- GP - - -",
    "rewards_redemption_decide": "P - - - -",
    "rewards_redemption_decide_one": "P - - - -",
    "rewards_redemption_standings": "G G G G -",
    "gamification_badgeaward_award": "GP - GP - -",
    "gamification_badgeaward_revoke": "GP - GP - -",
    "gamification_badge_publish": "G G G G -",
    "gamification_metric_scores": "G G G G -",
}
# What lists offer to do with several rows at once.
SEVERAL = {
    ("redemption", "approver"): {"approve_selected", "complete_selected", "reject_selected"},
    ("referral", "approver"): {"approve_selected", "refuse_selected"},
    ("referral", "support"): {"approve_selected", "refuse_selected"},
    ("reward", "catalogue manager"): {"delete_selected"},
    ("vouchercode", "catalogue manager"): {"delete_selected"},
    ("boardpreference", "support"): {"take_aliases_away"},
}


def list_addresses() -> Iterator[tuple[str, str]]:
    """Return the name and the path of every address of the console that asks who calls it."""
    for path, pattern in walk(admin.site.get_urls(), "/admin/"):
        if pattern.name is None or LEFT_OUT.fullmatch(pattern.name):
            continue
        filled = PARAMETER.sub(lambda found: VALUES.get(found["kind"], NOT_THERE), path)
        if pattern.name != "accounts_user_act":
            yield pattern.name, filled
            continue
        for slug in ACTIONS:
            yield f"{pattern.name}/{slug}", filled.replace("approve", slug)


def walk(patterns, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


def list_methods(person, path: str) -> str:
    """Return G, P, both or neither: what the person may send there."""
    return "".join(method[0] for method in METHODS if may(person, method, path))


def may(person, method: str, path: str) -> bool:
    request: Any = RequestFactory().generic(method, path)
    request.user, request.session = person, SessionStore()
    request._messages = CookieStorage(request)
    request._dont_enforce_csrf_checks = True
    view, args, kwargs = resolve(path)
    try:
        # Not rendered, which is what would take long.
        status = view(request, *args, **kwargs).status_code
    except PermissionDenied:
        return False
    except Http404:
        return True
    return status not in (403, 405)


def describe(pages: dict[str, list[str]], number: int) -> str:
    """Return what a group may do with a model's pages as letters: view, add, change, delete."""
    wanted = {
        "v": "G" in pages["changelist"][number] and "G" in pages["change"][number],
        "a": bool(pages["add"][number]),
        "c": "P" in pages["change"][number],
        "d": bool(pages["delete"][number]),
    }
    return "".join(letter for letter, holds in wanted.items() if holds) or "-"


@pytest.fixture
def people(make_staff, member):
    return [make_staff(name.split()[0], name) for name in GROUPS]


def test_every_page_is_open_to_the_groups_of_the_table_and_to_nobody_else(people):
    names = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    models: dict[str, dict[str, list[str]]] = {name: {} for name in names}
    others = {}
    for name, path in list_addresses():
        model, _, page = name.rpartition("_")
        if page == "changelist":
            # A list takes a POST for its actions only; those stand below.
            models[model][page] = ["G" if may(person, "GET", path) else "" for person in people]
            continue
        methods = [list_methods(person, path) for person in people]
        if model in models and page in ("add", "change", "delete"):
            models[model][page] = methods
        else:
            others[name] = " ".join(each or "-" for each in methods)
    found = {
        name: " ".join(describe(pages, number) for number in range(len(GROUPS)))
        for name, pages in models.items()
    }
    assert found == MODELS
    assert others == PAGES


def test_who_may_act_on_several_rows_at_once(people):
    found = {}
    for model, page in admin.site._registry.items():
        for group, person in zip(GROUPS, people, strict=True):
            request = RequestFactory().get("/")
            request.user = person
            if actions := set(page.get_actions(request)):
                found[(model._meta.model_name, group)] = actions
    assert found == SEVERAL
