"""Redeeming and deciding over HTTP."""

import uuid

import pytest

from points.models import PointAccount
from rewards.models import Redemption
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db

REWARDS = "/v2/gamification/rewards"
REDEMPTIONS = f"{REWARDS}/redemptions"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=120)


@pytest.fixture
def api(mia, sign_in):
    return sign_in(mia)


@pytest.fixture
def approver_api(make_staff, sign_in):
    return sign_in(make_staff("ann", "approver"))


@pytest.fixture
def redemption(mia, reward, now):
    return redeem_reward(member=mia, reward_id=reward.pk, now=now)


def refusal(response):
    return response.status_code, response.json()["code"]


def test_redeeming_answers_the_documented_shape(api, reward):
    response = api.post(f"{REWARDS}/redeem", {"rewardId": str(reward.pk)})

    assert response.status_code == 201
    assert "waits for approval" in response.json()["message"]
    data = response.json()["data"]
    redemption = Redemption.objects.get()
    assert data.pop("redeemedAt")
    assert data == {
        "id": str(redemption.pk),
        "userId": "mia",
        "rewardId": str(reward.pk),
        "points": 50,
        "status": "PENDING",
        "approvedAt": None,
        "rejectedAt": None,
        "completedAt": None,
        "cancelledAt": None,
        "code": None,
        "memberNote": None,
        "rewards": {
            "id": str(reward.pk),
            "title": "Tea",
            "pointsRequired": 50,
            "category": "Food & Drinks",
            "partner": None,
            "imageUrl": None,
        },
    }


def test_too_few_points_are_409_with_the_figures(make_member, sign_in, reward):
    response = sign_in(make_member(points=20)).post(
        f"{REWARDS}/redeem", {"rewardId": str(reward.pk)}
    )

    assert refusal(response) == (409, "insufficient_points")
    assert response.json()["details"] == {"required": 50, "available": 20, "current": 20}


def test_a_sold_out_reward_is_409_and_named(api, make_reward):
    tea = make_reward(quantity=0)

    response = api.post(f"{REWARDS}/redeem", {"rewardId": str(tea.pk)})

    assert refusal(response) == (409, "reward_out_of_stock")
    assert response.json()["error"] == "Reward is out of stock"
    assert response.json()["details"] == {"rewardTitle": "Tea"}


def test_an_inactive_reward_is_409(api, make_reward):
    tea = make_reward(is_active=False)

    response = api.post(f"{REWARDS}/redeem", {"rewardId": str(tea.pk)})

    assert refusal(response) == (409, "reward_not_active")


@pytest.mark.parametrize("reward_id", ["999999", "abc", "clx111", "9" * 30, "-1"])
def test_an_unknown_reward_is_404(api, reward_id):
    response = api.post(f"{REWARDS}/redeem", {"rewardId": reward_id})

    assert refusal(response) == (404, "reward_not_found")


@pytest.mark.parametrize(
    "body",
    [{}, {"rewardId": 1}, {"rewardId": None}, {"rewardId": ""}, {"rewardId": "1", "n": 2}, [], "1"],
)
def test_a_body_that_makes_no_sense_is_400(api, reward, body):
    response = api.post(f"{REWARDS}/redeem", body)

    assert refusal(response) == (400, "validation_failed")
    assert not Redemption.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_redemptions_costs_the_same_however_long(
    api, make_member, reward, mia, now, count, django_assert_num_queries
):
    other = make_member("ben", points=50)
    redeem_reward(member=other, reward_id=reward.pk, now=now)
    for _ in range(count - 1):
        redeem_reward(member=mia, reward_id=reward.pk, now=now)
    newest = redeem_reward(member=mia, reward_id=reward.pk, now=now) if count < 3 else None

    # The caller, the count, the page.
    with django_assert_num_queries(3):
        data = api.get(REDEMPTIONS).json()["data"]

    assert data["total"] == len(data["redemptions"])
    assert {entry["userId"] for entry in data["redemptions"]} == {"mia"}
    assert newest is None or data["redemptions"][0]["id"] == str(newest.pk)


def test_the_list_is_narrowed_by_status(api, redemption):
    def total(query):
        return api.get(f"{REDEMPTIONS}?{query}").json()["data"]["total"]

    assert (total("status=PENDING"), total("status=APPROVED"), total("")) == (1, 0, 1)


@pytest.mark.parametrize("query", ["status=pending", "status=GONE", "page=-1"])
def test_an_unknown_status_is_400(api, query):
    assert refusal(api.get(f"{REDEMPTIONS}?{query}")) == (400, "validation_failed")


def test_a_refused_status_lists_those_there_are(api):
    [fault] = api.get(f"{REDEMPTIONS}?status=GONE").json()["details"]
    assert fault["field"] == "status"
    assert fault["message"].startswith("Must be one of: PENDING, APPROVED, ")


def test_a_redemption_is_its_members_and_the_staffs(
    api, approver_api, make_member, sign_in, redemption
):
    path = f"{REDEMPTIONS}/{redemption.pk}"

    assert "adminNotes" not in api.get(path).json()["data"]
    assert approver_api.get(path).json()["data"]["adminNotes"] == ""
    assert refusal(sign_in(make_member("ben")).get(path)) == (404, "redemption_not_found")


@pytest.mark.parametrize("redemption_id", [str(uuid.UUID(int=7)), "abc", "1", "9" * 40])
def test_an_unknown_redemption_is_404(api, approver_api, redemption_id):
    path = f"{REDEMPTIONS}/{redemption_id}"

    assert refusal(api.get(path)) == (404, "redemption_not_found")
    assert refusal(api.post(f"{path}/cancel")) == (404, "redemption_not_found")
    decided = approver_api.put(path, {"status": "APPROVED"})
    assert refusal(decided) == (404, "redemption_not_found")


def test_an_approver_decides_with_a_note(approver_api, redemption):
    response = approver_api.put(
        f"{REDEMPTIONS}/{redemption.pk}", {"status": "APPROVED", "adminNotes": "Order checked"}
    )

    assert response.status_code == 200
    data = response.json()["data"]
    assert (data["status"], data["adminNotes"], data["decidedBy"]) == (
        "APPROVED",
        "Order checked",
        "ann",
    )
    assert data["approvedAt"]


def test_the_member_reads_the_note_that_is_meant_for_them(api, approver_api, redemption):
    path = f"{REDEMPTIONS}/{redemption.pk}"
    said = {"status": "REJECTED", "adminNotes": "Ran out", "memberNote": "Try the mint tea."}
    approver_api.put(path, said)

    seen = api.get(path).json()["data"]
    assert seen["memberNote"] == "Try the mint tea."
    assert "Ran out" not in str(seen)


def test_rejecting_gives_the_points_back(approver_api, redemption, mia):
    response = approver_api.put(f"{REDEMPTIONS}/{redemption.pk}", {"status": "REJECTED"})

    assert response.json()["data"]["rejectedAt"]
    assert PointAccount.objects.get(member=mia).balance == 120


def test_a_step_that_is_not_on_the_way_is_409(approver_api, redemption):
    path = f"{REDEMPTIONS}/{redemption.pk}"
    approver_api.put(path, {"status": "APPROVED"})

    response = approver_api.put(path, {"status": "APPROVED"})

    assert refusal(response) == (409, "invalid_transition")
    assert response.json()["details"] == {"from": "APPROVED", "to": "APPROVED"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "approved"},
        {"status": "DONE"},
        {"status": None},
        {"status": 1},
        {"status": "APPROVED", "adminNotes": 5},
        {"status": "APPROVED", "adminNotes": "x" * 2_001},
        {"status": "APPROVED", "note": "x"},
    ],
)
def test_a_decision_that_makes_no_sense_is_400(approver_api, redemption, body):
    response = approver_api.put(f"{REDEMPTIONS}/{redemption.pk}", body)

    assert refusal(response) == (400, "validation_failed")
    redemption.refresh_from_db()
    assert redemption.status == "PENDING"


@pytest.mark.parametrize("group", [None, "support", "auditor", "catalogue manager"])
@pytest.mark.parametrize("known", [True, False])
def test_only_approvers_decide_and_others_learn_nothing(
    mia, make_staff, sign_in, redemption, group, known
):
    person = make_staff("sam", group) if group else mia
    redemption_id = redemption.pk if known else uuid.UUID(int=7)

    response = sign_in(person).put(f"{REDEMPTIONS}/{redemption_id}", {"status": "APPROVED"})

    assert response.status_code == 403
    redemption.refresh_from_db()
    assert redemption.status == "PENDING"


def test_nobody_decides_their_own(make_staff, sign_in, mia, reward, now):
    mia.is_staff = mia.is_superuser = True
    mia.save()
    own = redeem_reward(member=mia, reward_id=reward.pk, now=now)

    response = sign_in(mia).put(f"{REDEMPTIONS}/{own.pk}", {"status": "APPROVED"})

    assert refusal(response) == (403, "own_redemption")


def test_a_member_cancels_and_has_the_points_back(api, redemption, mia):
    response = api.post(f"{REDEMPTIONS}/{redemption.pk}/cancel")

    assert response.status_code == 200
    assert response.json()["data"]["status"] == "CANCELLED"
    assert PointAccount.objects.get(member=mia).balance == 120
    again = api.post(f"{REDEMPTIONS}/{redemption.pk}/cancel")
    assert refusal(again) == (409, "invalid_transition")


def test_another_members_redemption_cannot_be_cancelled(make_member, sign_in, redemption):
    ben = sign_in(make_member("ben"))

    response = ben.post(f"{REDEMPTIONS}/{redemption.pk}/cancel")

    assert refusal(response) == (404, "redemption_not_found")
