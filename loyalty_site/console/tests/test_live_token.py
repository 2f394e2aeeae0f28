"""A page of the console gets a token for its socket, and nobody else does."""

import pytest
from django.test import Client

from loyalty_site.accounts.authentication import resolve_socket_token

ADDRESS = "/admin/live-token"


@pytest.fixture
def approver(make_staff):
    return make_staff("ann", "approver")


def test_whoever_decides_gets_one(client, approver):
    client.force_login(approver)
    answer = client.post(ADDRESS)
    assert resolve_socket_token(answer.json()["token"]).user == approver
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_reader_gets_none(client, make_staff):
    client.force_login(make_staff("ada", "auditor"))
    assert client.post(ADDRESS).status_code == 403


def test_members_and_strangers_are_sent_to_sign_in(client, member):
    assert client.post(ADDRESS).status_code == 302
    client.force_login(member)
    assert client.post(ADDRESS).status_code == 302


def test_no_link_and_no_other_site_gets_one(approver):
    client = Client(enforce_csrf_checks=True)
    client.force_login(approver)
    assert client.get(ADDRESS).status_code == 405
    assert client.post(ADDRESS).status_code == 403
