"""Badges over HTTP: mine, a member's, the way to them, awarded and revoked by staff."""

from datetime import datetime, timedelta

import pytest

from gamification.models import Badge, BadgeAward, MetricScore
from gamification.services.awards import award_badge, revoke_badge
from gamification.services.projecting import project_backlog
from loyalty_site.accounts.models import User
from points.models import PointTransaction

BADGES = "/v2/gamification/badges"
AWARD = f"{BADGES}/award"


@pytest.fixture
def ann(make_staff):
    return make_staff("ann", "support")


@pytest.fixture
def give(programme, make_staff, now):
    boss = make_staff("boss")

    def one(user_id, badge_type, reason="Well done"):
        return award_badge(
            user_id=user_id, badge_type=badge_type, actor=boss, reason=reason, now=now
        )

    return one


def body(**fields):
    return {"userId": "mia", "badgeType": "FIRST_FACE", "reason": "Came early"} | fields


def revoke_path(badge="FIRST_FACE", user_id="mia"):
    return f"{BADGES}/{badge}/revoke/{user_id}"


def badge_points(member):
    return list(
        PointTransaction.objects.filter(
            account__member=member, action__code="EARN_BADGE"
        ).values_list("amount", flat=True)
    )


def test_staff_award_a_badge_with_its_points(programme, member, ann, sign_in):
    response = sign_in(ann).post(AWARD, body(), format="json")

    assert response.status_code == 201
    data = response.json()["data"]
    assert data["userId"] == "mia"
    assert data["badge"]["type"] == "FIRST_FACE"
    assert data["badgeId"] == data["badge"]["id"]
    award = BadgeAward.objects.get()
    assert (award.origin, award.awarded_by, award.reason) == ("staff", ann, "Came early")
    assert badge_points(member) == [25]
    assert PointTransaction.objects.get(action__code="EARN_BADGE").actor == ann


def test_a_badge_that_is_held_is_refused_with_its_instant(give, member, ann, sign_in, now):
    give("mia", "FIRST_FACE")

    response = sign_in(ann).post(AWARD, body(), format="json")

    assert response.status_code == 409
    assert response.json()["code"] == "badge_already_earned"
    assert response.json()["error"] == "Badge already earned"
    details = response.json()["details"]
    assert details["badgeType"] == "FIRST_FACE"
    assert datetime.fromisoformat(details["earnedAt"]) == now
    assert badge_points(member) == [25]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"userId": "nobody"}, 404, "member_not_found"),
        ({"badgeType": "NOPE"}, 404, "badge_not_found"),
        ({"reason": ""}, 400, "validation_failed"),
        ({"reason": None}, 400, "validation_failed"),
        ({"points": 7}, 400, "validation_failed"),
        ({"userId": "ann"}, 403, "own_badges"),
    ],
)
def test_what_is_refused(programme, member, ann, sign_in, fields, status, code):
    response = sign_in(ann).post(AWARD, body(**fields), format="json")

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not BadgeAward.objects.exists()


@pytest.mark.parametrize("group", ["auditor", "catalogue manager", "host", None])
def test_who_may_not_is_refused_before_anything_is_looked_up(
    programme, member, make_staff, make_member, sign_in, group
):
    person = make_staff("pat", group) if group else make_member("pat")
    client = sign_in(person)

    assert client.post(AWARD, body(userId="x", badgeType="x"), format="json").status_code == 403
    assert client.delete(revoke_path("X", "x")).status_code == 403


def test_a_badge_beyond_what_one_person_may_grant_a_day(programme, member, ann, sign_in, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 24

    response = sign_in(ann).post(AWARD, body(), format="json")

    assert (response.status_code, response.json()["code"]) == (409, "grant_limit_reached")
    assert not BadgeAward.objects.exists()
    assert badge_points(member) == []


def test_revoking_leaves_the_points_and_the_level(give, member, ann, sign_in):
    give("mia", "FIRST_FACE")
    list(project_backlog())

    response = sign_in(ann).delete(revoke_path(), {"reason": "Wrong Mia"}, format="json")

    assert response.status_code == 200
    assert response.json()["data"]["reason"] == "Wrong Mia"
    assert response.json()["data"]["revokedAt"]
    assert badge_points(member) == [25]
    list(project_backlog())
    assert not MetricScore.objects.filter(metric__code="badges_earned", member=member).exists()
    again = sign_in(ann).delete(revoke_path())
    assert (again.status_code, again.json()["code"]) == (404, "badge_not_held")


def test_a_revoked_badge_comes_back_by_staff_alone_and_brings_no_points(
    programme, record, make_staff, sign_in, now
):
    record("mia", "2026-03-01T12:00:00Z")
    ann = make_staff("ann", "support")
    sign_in(ann).delete(f"{revoke_path()}?reason=Mistake")
    record("mia", "2026-03-02T12:00:00Z")
    assert not BadgeAward.objects.filter(revoked_at=None).exists()

    response = sign_in(ann).post(AWARD, body(), format="json")

    assert response.status_code == 201
    assert [
        (award.turn, award.origin, award.points) for award in BadgeAward.objects.order_by("pk")
    ] == [
        (1, "rule", 25),
        (2, "staff", 0),
    ]
    assert BadgeAward.objects.earliest("pk").revoke_reason == "Mistake"


def test_nobody_revokes_their_own(give, ann, sign_in):
    give("ann", "FIRST_FACE")

    response = sign_in(ann).delete(revoke_path(user_id="ann"))

    assert (response.status_code, response.json()["code"]) == (403, "own_badges")


@pytest.mark.parametrize("badge", ["FIRST_FACE", "first_face", "id"])
def test_a_badge_is_revoked_by_its_type_or_its_id(give, member, ann, sign_in, badge):
    award = give("mia", "FIRST_FACE")

    response = sign_in(ann).delete(revoke_path(award.badge_id if badge == "id" else badge))

    assert response.status_code == 200
    award.refresh_from_db()
    assert award.revoke_reason == "No reason was given."


def test_a_badge_that_was_switched_off_can_still_be_revoked(give, member, ann, sign_in):
    give("mia", "FIRST_FACE")
    Badge.objects.filter(type="FIRST_FACE").update(is_active=False)

    assert sign_in(ann).delete(revoke_path()).status_code == 200
    assert sign_in(ann).post(AWARD, body(), format="json").status_code == 404


def test_the_rows_of_my_badges(give, member, sign_in, now):
    award = give("mia", "TOP_FRIEND")

    [row] = sign_in(member).get(f"{BADGES}/my").json()["data"]["badges"]

    assert datetime.fromisoformat(row.pop("earnedAt")) == now
    assert row == {
        "id": str(award.badge_id),
        "type": "TOP_FRIEND",
        "name": "Top Friend",
        "description": award.badge.description,
        "criteria": award.badge.criteria,
        "category": "Social",
        "points": 25,
        "imageUrl": None,
        "userBadgeId": str(award.pk),
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_two_queries_for_any_number_of_my_badges(
    give, member, sign_in, rows, django_assert_num_queries
):
    for badge_type in ["FIRST_FACE", "TOP_FRIEND", "KIND_SOUL"][:rows]:
        give("mia", badge_type)
    client = sign_in(member)

    with django_assert_num_queries(2):
        response = client.get(f"{BADGES}/my")

    assert response.json()["data"]["total"] == rows


def test_a_badge_that_was_revoked_is_not_mine(give, member, make_staff, sign_in, now):
    give("mia", "FIRST_FACE")
    boss = make_staff("other")
    revoke_badge(id_or_type="FIRST_FACE", user_id="mia", actor=boss, reason="x", now=now)

    assert sign_in(member).get(f"{BADGES}/my").json()["data"] == {"badges": [], "total": 0}


@pytest.mark.parametrize("rows", [1, 3])
def test_staff_and_the_member_see_a_members_badges(
    give, member, make_staff, sign_in, rows, django_assert_num_queries
):
    for badge_type in ["FIRST_FACE", "TOP_FRIEND", "KIND_SOUL"][:rows]:
        give("mia", badge_type)
    assert sign_in(member).get(f"{BADGES}/user/mia").json()["data"]["total"] == rows
    client = sign_in(make_staff("ina", "auditor"))

    with django_assert_num_queries(5):
        response = client.get(f"{BADGES}/user/mia")

    assert response.json()["data"]["total"] == rows


def test_to_another_member_there_is_no_such_page(give, member, make_member, sign_in):
    give("mia", "FIRST_FACE")

    response = sign_in(make_member("noa")).get(f"{BADGES}/user/mia")

    assert (response.status_code, response.json()["code"]) == (404, "member_not_found")


def progress_of(client, badge_type):
    rows = client.get(f"{BADGES}/progress").json()["data"]["progress"]
    return next(row for row in rows if row["badge"]["type"] == badge_type)


def test_progress_has_a_row_for_each_badge(programme, member, sign_in, django_assert_num_queries):
    client = sign_in(member)

    with django_assert_num_queries(2):
        data = client.get(f"{BADGES}/progress").json()["data"]

    assert data["total"] == len(data["progress"]) == 14
    assert data["progress"][6] == {
        "badge": data["progress"][6]["badge"],
        "isEarned": False,
        "currentProgress": 0,
        "requiredProgress": 10,
        "percentage": 0,
        "nextMilestone": "Make 10 more connections to earn this badge",
    }


@pytest.mark.parametrize(
    ("count", "percentage", "sentence"),
    [
        (7, 70, "Make 3 more connections to earn this badge"),
        (9, 90, "Make 1 more connection to earn this badge"),
        (12, 100, None),
    ],
)
def test_progress_in_words(record, sign_in, count, percentage, sentence):
    instants = [f"2026-03-{day:02d}T12:00:00Z" for day in range(1, count + 1)]
    record("mia", *instants, action="MAKE_CONNECTION")

    row = progress_of(sign_in(User.objects.get(public_id="mia")), "TOP_FRIEND")

    assert row["percentage"] == percentage
    assert row["nextMilestone"] == sentence
    assert row["isEarned"] is (sentence is None)
    assert row["currentProgress"] == min(count, 10)


def test_a_streak_that_broke_begins_anew(record, sign_in, now):
    record("mia", *[(now - timedelta(weeks=n)).isoformat() for n in (9, 8, 7, 1, 0)])

    row = progress_of(sign_in(User.objects.get(public_id="mia")), "STREAK_CHAMP")

    assert (row["currentProgress"], row["percentage"]) == (2, 50)
    assert row["nextMilestone"] == "Attend events for 2 more weeks in a row"


def test_all_rounder_does_not_count_itself(give, member, sign_in):
    for badge_type in ["FIRST_FACE", "TOP_FRIEND", "KIND_SOUL", "CONNECTOR"]:
        give("mia", badge_type)
    list(project_backlog())

    row = progress_of(sign_in(member), "ALL_ROUNDER")

    assert (row["currentProgress"], row["percentage"]) == (4, 80)
    assert row["nextMilestone"] == "Earn 1 more badge to earn this one"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["my", "progress", "user/mia"])
def test_a_caller_who_is_not_signed_in_is_refused(sign_in, path):
    assert sign_in().get(f"{BADGES}/{path}").status_code == 401
