"""Looking at points never opens an account: who has none has nothing."""

import pytest
from django.contrib.auth import get_user_model

from points.models import PointAccount


@pytest.fixture
def newcomer(db):
    """Return a member without an account."""
    return get_user_model().objects.create_user("kim@example.com", public_id="kim", name="Kim")


def test_a_balance_of_nobodys_account_is_zero(newcomer, sign_in):
    response = sign_in(newcomer).get("/api/points/balance")

    assert response.status_code == 200
    assert response.json()["data"]["balance"] == 0
    assert not PointAccount.objects.exists()


def test_a_statement_of_nobodys_account_is_empty(newcomer, sign_in):
    response = sign_in(newcomer).get("/api/points/statement", {"month": "2026-03"})

    data = response.json()["data"]
    assert (data["openingBalance"], data["closingBalance"], data["lines"]) == (0, 0, [])
    assert set(data["totals"].values()) == {0}
    assert not PointAccount.objects.exists()


def test_staff_see_a_member_without_an_account_as_one_without_points(newcomer, make_staff, sign_in):
    response = sign_in(make_staff("ann", "support")).get("/api/points/balance", {"userId": "kim"})

    assert response.json()["data"]["balance"] == 0
    assert not PointAccount.objects.filter(member=newcomer).exists()
