"""The console's pages run nothing that this site does not serve."""

import re

import pytest

from loyalty_site.console.policy import HEADER


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/no/such/page/"])
def test_every_page_of_the_console_carries_the_policy(client, make_staff, address):
    client.force_login(make_staff("ada"))
    policy = client.get(address).headers[HEADER]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ["/api/health", "/api/docs"])
def test_other_pages_are_left_to_themselves(client, db, address):
    assert HEADER not in client.get(address).headers


@pytest.mark.parametrize("address", ["/admin/", "/admin/rewards/redemption/"])
def test_the_main_pages_hold_nothing_inline(client, programme, make_staff, address):
    client.force_login(make_staff("ada"))
    page = client.get(address).text
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert all('type="application/json"' in script for script in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
