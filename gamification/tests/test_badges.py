"""GET /v2/gamification/badges and /badges/:id: what there is to earn."""

import pytest

from gamification.models import Badge, Metric

PATH = "/v2/gamification/badges"


@pytest.fixture
def make_badges(db):
    """Return a function that makes badges A1, A2, …"""

    def make(number):
        metric = Metric.objects.create(code="m", name="M", kind="count", log="activities")
        return [
            Badge.objects.create(
                type=f"A{n}", name=f"A{n}", metric=metric, threshold=n, state="published"
            )
            for n in range(1, number + 1)
        ]

    return make


def test_the_14_badges_are_listed_in_the_programmes_order(programme, member, sign_in):
    response = sign_in(member).get(PATH)

    assert response.status_code == 200
    data = response.json()["data"]
    assert data["total"] == len(data["badges"]) == 14
    assert [badge["type"] for badge in data["badges"]][:2] == ["FIRST_FACE", "CAFE_FRIEND"]


def test_the_documented_fields(programme, member, sign_in):
    badge = Badge.objects.get(type="FIRST_FACE")

    [first, *_] = sign_in(member).get(PATH).json()["data"]["badges"]

    assert first == {
        "id": str(badge.pk),
        "type": "FIRST_FACE",
        "name": "First Face",
        "description": badge.description,
        "criteria": badge.criteria,
        "category": "Events",
        "points": 25,
        "imageUrl": None,
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_two_queries_for_any_number_of_rows(
    make_badges, member, sign_in, rows, django_assert_num_queries
):
    make_badges(rows)
    client = sign_in(member)

    with django_assert_num_queries(2):
        response = client.get(PATH)

    assert response.json()["data"]["total"] == rows


def test_an_inactive_badge_is_not_shown(make_badges, member, sign_in):
    first, _ = make_badges(2)
    Badge.objects.filter(pk=first.pk).update(is_active=False)
    client = sign_in(member)

    assert [row["type"] for row in client.get(PATH).json()["data"]["badges"]] == ["A2"]
    assert client.get(f"{PATH}/A1").status_code == 404
    assert client.get(f"{PATH}/{first.pk}").status_code == 404


def test_a_draft_is_not_shown_and_a_changed_badge_is(make_badges, member, sign_in):
    first, second = make_badges(2)
    Badge.objects.filter(pk=first.pk).update(state="draft")
    Badge.objects.filter(pk=second.pk).update(threshold=7)

    assert [row["type"] for row in sign_in(member).get(PATH).json()["data"]["badges"]] == ["A2"]
    second.refresh_from_db()
    assert second.state == "changed"


@pytest.mark.parametrize("name", ["type", "pk", "lower"])
def test_a_badge_is_found_by_its_type_or_its_id(make_badges, member, sign_in, name):
    badge = make_badges(2)[1]
    key = {"type": badge.type, "pk": badge.pk, "lower": badge.type.lower()}[name]

    response = sign_in(member).get(f"{PATH}/{key}")

    assert response.status_code == 200
    assert response.json()["data"]["id"] == str(badge.pk)


def test_an_image_is_shown_by_its_address(make_badges, member, sign_in):
    make_badges(1)
    Badge.objects.update(image_url="https://example.com/a.png")

    data = sign_in(member).get(f"{PATH}/A1").json()["data"]

    assert data["imageUrl"] == "https://example.com/a.png"


@pytest.mark.parametrize("key", ["0", "NOPE", "9" * 18, "9" * 40, "-1", "1.0", "٣", "A1%20"])
def test_an_unknown_badge_is_a_404_in_the_envelope(make_badges, member, sign_in, key):
    make_badges(1)

    response = sign_in(member).get(f"{PATH}/{key}")

    assert response.status_code == 404
    assert response.json()["success"] is False
    assert response.json()["code"] == "badge_not_found"


@pytest.mark.django_db
@pytest.mark.parametrize("path", [PATH, f"{PATH}/FIRST_FACE"])
def test_a_caller_who_is_not_signed_in_is_refused(sign_in, path):
    response = sign_in().get(path)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
