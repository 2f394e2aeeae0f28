"""Whatever stands in an address, no page of the site fails."""

import pytest

from loyalty_site.member_site.urls import urlpatterns

HUGE = 10**30
NAMES = ("page", "limit", "since", "until", "month", "format", "type", "category", "action", "sort",
         "next", "ref", "timeframe", "at", "date", "around", "status", "search", "q", "state",
         "affordable", "available", "points")  # fmt: skip
VALUES = ("", "-1", str(HUGE), "abc", "0001-01-01", "9999-12-31", "%C3%89", "%00")
PLAIN = [f"/{pattern.pattern}" for pattern in urlpatterns if "<" not in str(pattern.pattern)]
NAMED = [
    "/dashboard/rewards/{}",
    "/dashboard/rewards/{}/redeem",
    "/dashboard/options/{}/redeem",
    "/dashboard/redemptions/{}",
    "/dashboard/redemptions/{}/cancel",
    "/dashboard/leaderboards/{}",
    "/dashboard/points/referrals/{}.svg",
]

THINGS = ("0", "-1", str(HUGE), "abc", "%20", "É", "points", "%2e%2e", "%D9%A3")


@pytest.mark.long
@pytest.mark.parametrize("is_member", [True, False], ids=["member", "stranger"])
def test_no_query_makes_a_page_fail(client, programme, member, is_member):
    if is_member:
        client.force_login(member)
    asked = [
        f"{address}?" + "&".join(f"{name}={value}" for name in NAMES)
        for address in PLAIN
        for value in VALUES
    ]
    assert list_failures(client, asked) == []


def test_no_name_of_a_thing_makes_a_page_fail(client, programme, member):
    client.force_login(member)
    asked = [address.format(name) for address in NAMED for name in THINGS]
    assert list_failures(client, asked) == []


def list_failures(client, addresses):
    client.raise_request_exception = False
    return [address for address in addresses if client.get(address).status_code >= 500]
