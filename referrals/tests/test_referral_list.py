"""GET /api/points/referrals: whom the caller brought and what it earned."""

import pytest

from referrals.models import Referral
from referrals.serializers import shorten_name
from referrals.services import activate_referral, attach_referral, get_or_issue_code

PATH = "/api/points/referrals"


@pytest.fixture
def mia(programme, make_member):
    return make_member("mia")


@pytest.fixture
def bring(mia, make_member, now):
    """Return a function that makes a member whom Mia brought."""
    code = get_or_issue_code(member=mia, now=now).code

    def make(public_id="", **fields):
        newcomer = make_member(public_id, **fields)
        attach_referral(referred=newcomer, code=code, now=now)
        return newcomer

    return make


def test_the_documented_fields(mia, bring, sign_in):
    ben = bring("ben", name="Ben Alexander Weber")

    response = sign_in(mia).get(PATH)

    assert response.status_code == 200
    data = response.json()["data"]
    [row] = data["referrals"]
    assert row.pop("joinedAt").startswith(ben.joined_at.date().isoformat())
    assert row == {"userId": "ben", "name": "Ben W.", "pointsEarned": 5, "status": "converted"}
    assert data["total"] == 1
    assert response.json()["pagination"]["total"] == 1


def test_points_earned_are_what_the_ledger_says_for_each(mia, bring, sign_in, now):
    ben, _ = bring("ben"), bring("eva")
    activate_referral(referred=ben, now=now)

    rows = sign_in(mia).get(PATH).json()["data"]["referrals"]

    earned = {row["userId"]: (row["pointsEarned"], row["status"]) for row in rows}
    assert earned == {"ben": (15, "activated"), "eva": (5, "converted")}


@pytest.mark.parametrize("rows", [1, 3])
def test_three_queries_for_any_number_of_rows(mia, bring, sign_in, rows, django_assert_num_queries):
    for _ in range(rows):
        bring()
    client = sign_in(mia)

    with django_assert_num_queries(3):
        response = client.get(PATH)

    assert len(response.json()["data"]["referrals"]) == rows


def test_an_invitation_is_nobodys_member_yet(mia, sign_in, now):
    code = get_or_issue_code(member=mia, now=now)
    Referral.objects.create(
        referrer=mia,
        code=code,
        email="eva@example.com",
        status="pending",
        created_at=now,
        invited_at=now,
    )

    assert sign_in(mia).get(PATH).json()["data"] == {"referrals": [], "total": 0}


def test_nobody_sees_whom_others_brought(bring, make_member, sign_in):
    bring("ben")

    assert sign_in(make_member("eva")).get(PATH).json()["data"]["total"] == 0


def test_pages(mia, bring, sign_in):
    for n in range(3):
        bring(f"friend-{n}")

    response = sign_in(mia).get(PATH, {"page": 2, "limit": 2})

    assert [row["userId"] for row in response.json()["data"]["referrals"]] == ["friend-0"]
    assert response.json()["pagination"]["hasMore"] is False


@pytest.mark.django_db
def test_a_caller_who_is_not_signed_in_is_refused(sign_in):
    response = sign_in().get(PATH)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def test_what_another_referral_earned_is_not_mixed_in(mia, bring, sign_in, now):
    # Ids that begin alike must not be taken for each other.
    newcomers = [bring() for _ in range(12)]
    activate_referral(referred=newcomers[0], now=now)

    rows = sign_in(mia).get(PATH, {"limit": 100}).json()["data"]["referrals"]

    earned = {row["userId"]: row["pointsEarned"] for row in rows}
    assert earned == {person.public_id: 5 for person in newcomers} | {newcomers[0].public_id: 15}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Mia Lopez", "Mia L."), ("Mia", "Mia"), ("Ana María de la Cruz", "Ana C."), ("", "")],
)
def test_a_name_is_shown_by_first_name_and_initial(name, shown):
    assert shorten_name(name) == shown
