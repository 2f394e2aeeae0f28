"""Whose request it is: forged headers gain nothing."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from loyalty_site.api.addresses import client_address

PROXY = "10.0.0.2"
CLIENT = "203.0.113.7"
NETWORKS = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.fixture
def seen(settings):
    """Return a function that says which address counts."""

    def address(peer, forwarded=None, trusted=()):
        settings.LOYALTY_TRUSTED_PROXIES = list(trusted) if trusted == () else trusted
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        return client_address(RequestFactory(headers=headers, REMOTE_ADDR=peer).get("/"))

    return address


def test_without_proxies_of_ours_the_header_is_not_read(seen):
    assert seen(CLIENT, "1.2.3.4") == CLIENT
    assert seen(CLIENT, "1.2.3.4", trusted=0) == CLIENT


@pytest.mark.parametrize("trusted", [NETWORKS, 1])
@pytest.mark.parametrize(
    "forwarded",
    [
        CLIENT,
        f"1.2.3.4, {CLIENT}",
        f"10.0.0.9,{CLIENT}",
        f" nonsense ,, {CLIENT} ,",
        f"{CLIENT}:80",
    ],
)
def test_a_proxy_of_ours_is_believed_and_what_stands_left_of_its_note_is_not(
    seen, trusted, forwarded
):
    assert seen(PROXY, forwarded, trusted) == CLIENT


def test_several_proxies_are_followed_inwards(seen):
    assert seen(PROXY, f"1.2.3.4, {CLIENT}, 10.0.0.3", NETWORKS) == CLIENT
    assert seen(PROXY, f"1.2.3.4, {CLIENT}, 10.0.0.3", 2) == CLIENT


def test_who_reaches_us_past_the_proxies_is_who_they_are(seen):
    assert seen(CLIENT, "1.2.3.4", NETWORKS) == CLIENT


@pytest.mark.parametrize("forwarded", [None, "", "unknown", "a, b", "1.2.3.4, unknown"])
def test_a_note_that_is_none_leaves_the_proxy(seen, forwarded):
    assert seen(PROXY, forwarded, NETWORKS) == PROXY


def test_a_server_on_a_local_socket_has_only_the_proxys_word(seen):
    assert seen("", CLIENT, NETWORKS) == CLIENT
    assert seen("", CLIENT) == ""


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", CLIENT),
        ("203.0.113.7:51234", CLIENT),
    ],
)
def test_addresses_are_named_by_what_one_client_holds(seen, address, name):
    assert seen(PROXY, address, NETWORKS) == name
