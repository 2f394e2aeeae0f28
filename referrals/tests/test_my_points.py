"""GET /api/points/my-points: balance, level and code at one glance."""

from datetime import timedelta

import pytest

from points.models import LevelConfig, PointAccount
from points.services.postings import Cause, Source, award_points, spend_points
from referrals.models import Referral, ReferralCode
from referrals.services import attach_referral, get_or_issue_code

PATH = "/api/points/my-points"


def post_points(member, amount, now, *, how=award_points):
    how(
        account_id=member.point_account.pk,
        amount=amount,
        cause=Cause(source=Source(type="test", id=str(amount), rule="extra"), occurred_at=now),
        now=now,
    )


def test_the_documented_fields(programme, make_member, sign_in, now):
    mia = make_member("mia", points=1280)
    post_points(mia, 960, now, how=spend_points)
    code = get_or_issue_code(member=mia, now=now).code

    response = sign_in(mia).get(PATH)

    silver = LevelConfig.objects.get(name="silver")
    assert response.status_code == 200
    assert response.json()["success"] is True
    assert response.json()["data"] == {
        "balance": 320,
        "lifetimePoints": 1280,
        "level": {"name": "silver", "tier": 2, "minPoints": 1000, "perks": silver.perks},
        "nextLevel": {"name": "gold", "tier": 3, "minPoints": 2500, "pointsToGo": 1220},
        "referralCode": code,
        "referralsCount": 0,
    }


def test_two_queries_with_authentication(
    programme, make_member, sign_in, now, django_assert_num_queries
):
    mia = make_member("mia", points=100)
    code = get_or_issue_code(member=mia, now=now).code
    for _ in range(3):
        attach_referral(referred=make_member(), code=code, now=now)
    client = sign_in(mia)

    with django_assert_num_queries(2):
        response = client.get(PATH)

    assert response.json()["data"]["referralsCount"] == 3


def test_a_first_look_issues_the_code_and_the_next_one_shows_it(programme, member, sign_in):
    client = sign_in(member)

    first = client.get(PATH).json()["data"]["referralCode"]
    second = client.get(PATH).json()["data"]["referralCode"]

    assert first == second == ReferralCode.objects.get().code


def test_a_member_without_an_account_gets_one(programme, sign_in, django_user_model):
    mia = django_user_model.objects.create_user("mia@example.com", public_id="mia")

    data = sign_in(mia).get(PATH).json()["data"]

    assert (data["balance"], data["lifetimePoints"]) == (0, 0)
    assert data["level"]["name"] == "bronze"
    assert data["nextLevel"]["pointsToGo"] == 1000
    assert PointAccount.objects.get().member == mia


def test_there_is_no_level_above_the_top(programme, make_member, sign_in):
    data = sign_in(make_member("mia", points=5000)).get(PATH).json()["data"]

    assert data["level"]["name"] == "platinum"
    assert data["nextLevel"] is None


def test_levels_follow_lifetime_points_not_the_balance(programme, make_member, sign_in, now):
    mia = make_member("mia", points=1000)
    post_points(mia, 1000, now, how=spend_points)

    data = sign_in(mia).get(PATH).json()["data"]

    assert data["balance"] == 0
    assert data["level"]["name"] == "silver"
    assert data["nextLevel"]["pointsToGo"] == 1500


def test_without_any_level_both_are_null(make_member, sign_in):
    data = sign_in(make_member("mia", points=10)).get(PATH).json()["data"]

    assert data["level"] is None
    assert data["nextLevel"] is None


def test_a_threshold_raised_above_the_member_does_not_make_their_own_level_the_next(
    programme, make_member, sign_in
):
    mia = make_member("mia", points=1200)
    LevelConfig.objects.filter(name="silver").update(min_points=2000)

    data = sign_in(mia).get(PATH).json()["data"]

    assert data["level"]["name"] == "silver"
    assert data["nextLevel"]["name"] == "gold"


def test_points_that_have_lapsed_are_not_shown_before_the_sweep(
    programme, make_member, sign_in, now
):
    mia = make_member("mia")
    post_points(mia, 70, now - timedelta(days=800))
    post_points(mia, 30, now)

    data = sign_in(mia).get(PATH).json()["data"]

    assert data["balance"] == 30
    assert data["lifetimePoints"] == 100


def test_only_members_who_signed_up_count_as_referrals(programme, make_member, sign_in, now):
    mia = make_member("mia")
    code = get_or_issue_code(member=mia, now=now)
    attach_referral(referred=make_member("ben"), code=code.code, now=now)
    Referral.objects.create(
        referrer=mia,
        code=code,
        email="eva@example.com",
        status="pending",
        created_at=now,
        invited_at=now,
    )

    assert sign_in(mia).get(PATH).json()["data"]["referralsCount"] == 1


def test_everyone_sees_their_own(programme, make_member, sign_in, now):
    mia, ben = make_member("mia", points=50), make_member("ben", points=7)
    attach_referral(
        referred=make_member(), code=get_or_issue_code(member=mia, now=now).code, now=now
    )

    data = sign_in(ben).get(PATH).json()["data"]

    assert (data["balance"], data["referralsCount"]) == (7, 0)


def test_the_path_works_with_a_slash(programme, member, sign_in):
    assert sign_in(member).get(f"{PATH}/").status_code == 200


@pytest.mark.django_db
def test_a_caller_who_is_not_signed_in_is_refused(sign_in):
    response = sign_in().get(PATH)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert not ReferralCode.objects.exists()
