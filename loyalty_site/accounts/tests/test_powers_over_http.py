"""Which group may call what: every operation that asks for a permission, for every group."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from loyalty_site.accounts.api_keys import create_api_key, ensure_service_account
from loyalty_site.accounts.groups import GROUP_PERMISSIONS
from points.views import LoyaltyView

pytestmark = pytest.mark.django_db

# Whatever the path names, it is not there: who may call learns that, who may not learns nothing.
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?\w+>")
VALUES = {"str": "nobody", "uuid": "00000000-0000-0000-0000-000000000000", "int": "9999999"}


def list_guarded() -> list[tuple[str, str, str]]:
    """Return the method, the path and the permission of every operation that asks for one."""
    found = []
    for path, pattern in walk(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, LoyaltyView):
            found += [
                (method, path, permission)
                for method, permission in view.required_permissions.items()
            ]
    return sorted(found)


def walk(patterns, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield "/" + PARAMETER.sub(fill, prefix + str(pattern.pattern)), pattern


def fill(parameter: re.Match[str]) -> str:
    return VALUES.get(parameter["kind"] or "str", "nobody")


GUARDED = list_guarded()


def call(api, method, path, **headers):
    return api.generic(method, path, "{}", content_type="application/json", headers=headers)


def test_the_operations_that_ask_for_a_permission_are_these():
    assert {(method, path) for method, path, _ in GUARDED} >= {
        ("POST", "/v2/gamification/activities"),
        ("PUT", "/api/points/purchases/nobody"),
        ("PUT", "/v2/gamification/members/nobody/stats"),
        ("POST", "/rewards/create-user"),
        ("POST", "/v2/gamification/rewards"),
        ("GET", "/rewards/admin/users"),
    }
    assert not [path for _, path, _ in GUARDED if "<" in path]


@pytest.mark.parametrize("group", GROUP_PERMISSIONS)
def test_a_group_may_call_what_its_permissions_say_and_the_rest_is_403(
    group, make_staff, sign_in, programme
):
    person = make_staff("paul", group)
    api = sign_in(person)
    for method, path, permission in GUARDED:
        answer = call(api, method, path)
        may = person.has_perm(permission)
        assert (answer.status_code != 403) is may, f"{method} {path}: {answer.status_code}"
        assert answer.status_code < 500


def test_a_member_may_call_none_of_them(member, sign_in):
    api = sign_in(member)
    for method, path, _ in GUARDED:
        answer = call(api, method, path)
        assert answer.status_code == 403, f"{method} {path}"
        assert answer.json()["code"] in ("permission_denied", "forbidden")


def test_nobody_may_call_any_of_them(sign_in):
    for method, path, _ in GUARDED:
        assert call(sign_in(), method, path).status_code == 401, f"{method} {path}"


def test_a_key_may_call_what_the_host_may(sign_in, now):
    shop = ensure_service_account(host="shop", now=now)
    key = create_api_key(service_account=shop, now=now).text
    for method, path, permission in GUARDED:
        answer = call(sign_in(), method, path, **{"X-API-Key": key})
        assert (answer.status_code != 403) is shop.has_perm(permission), f"{method} {path}"
