"""More new members in a day than usual are held in review and earn nobody anything yet."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty_site.realtime.models import OutboxEvent
from points.models import Activity, PointAccount
from referrals.models import Referral
from referrals.services import activate_referral, attach_referral, get_or_issue_code


@pytest.fixture
def mia(programme, make_member, settings):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 2
    return make_member("mia")


@pytest.fixture
def bring(mia, make_member, now):
    code = get_or_issue_code(member=mia, now=now).code

    def attach(at=now):
        return attach_referral(referred=make_member(), code=code, now=at)

    return attach


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


def test_the_third_of_the_day_is_held(mia, bring, now):
    first, second, third = bring(), bring(), bring()

    third.refresh_from_db()
    assert (first.status, second.status, third.status) == ("converted", "converted", "in_review")
    assert (third.held_at, third.held_because, third.converted_at) == (now, "daily_limit", None)
    assert balance_of(mia) == 10
    assert balance_of(third.referred) == 0
    assert not Activity.objects.filter(event_id__startswith=f"site:referral:{third.pk}:").exists()


def test_nobody_is_told_of_it(bring):
    for _ in range(3):
        bring()

    assert OutboxEvent.objects.filter(event="referral-signup").count() == 2


def test_a_limit_of_nothing_holds_every_one(bring, settings):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0

    assert bring().status == "in_review"


def test_the_day_is_the_programmes(bring, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"
    before_midnight = datetime(2026, 5, 4, 15, 59, 59, tzinfo=UTC)
    for _ in range(3):
        bring(before_midnight)

    assert bring(before_midnight).status == "in_review"
    assert bring(before_midnight + timedelta(seconds=1)).status == "converted"


def test_another_referrers_day_is_their_own(bring, make_member, now):
    for _ in range(3):
        bring()
    code = get_or_issue_code(member=make_member("eva"), now=now).code

    assert attach_referral(referred=make_member(), code=code, now=now).status == "converted"


def test_a_purchase_in_review_is_noted_and_activates_nothing(mia, bring, now):
    bring(), bring()
    held = bring()
    later = now + timedelta(hours=1)

    assert activate_referral(referred=held.referred, now=later) is None
    assert activate_referral(referred=held.referred, now=later + timedelta(1)) is None

    held.refresh_from_db()
    assert (held.status, held.purchased_at) == ("in_review", later)
    assert balance_of(mia) == 10


def test_members_see_what_is_held(mia, bring, sign_in):
    for _ in range(3):
        bring()

    client = sign_in(mia)
    rows = client.get("/api/points/referrals").json()["data"]["referrals"]

    assert [(row["status"], row["pointsEarned"]) for row in rows] == [
        ("in_review", 0),
        ("converted", 5),
        ("converted", 5),
    ]
    assert client.get("/api/points/my-points").json()["data"]["referralsCount"] == 2


def test_registering_answers_the_same_when_it_is_held(mia, bring, sign_in, now):
    for _ in range(2):
        bring()
    code = get_or_issue_code(member=mia, now=now).code
    body = {"name": "Ben", "email": "ben@example.com", "password": "blue-river-7"}

    response = sign_in().post("/api/auth/register", body | {"referralCode": code})

    assert response.status_code == 201
    assert "referral" not in response.content.decode()
    assert Referral.objects.get(referred__email="ben@example.com").status == "in_review"
