"""GET /v2/gamification/leaderboard/…: six boards, four timeframes, and the caller on each."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from gamification.models import Leaderboard, Metric, MetricScore
from loyalty_site.accounts.models import User

PATH = "/v2/gamification/leaderboard"
SLUGS = ["points", "trust", "badges", "events", "connections", "referrals"]


@pytest.fixture
def viewer(programme, make_member):
    return make_member("viewer", name="Vera View")


@pytest.fixture
def get(sign_in, viewer):
    """Return a function that reads a board as the viewer."""
    client = sign_in(viewer)

    def read(slug="points", *, status=200, **query):
        response = client.get(f"{PATH}/{slug}", query)
        assert response.status_code == status, response.content
        return response.json()

    return read


@pytest.fixture
def give(programme, make_member):
    """Return a function that writes a score of all time: `give("mia", 50, minute=3)`.

    Of members who tie, the one with the lower minute was there first.
    """
    members: dict[str, User] = {}

    def write(user_id, value, *, minute=0, slug="points", kind=0, start="0001-01-01", **fields):
        member = members.get(user_id) or make_member(user_id, **fields)
        members[user_id] = member
        MetricScore.objects.create(
            metric=Leaderboard.objects.get(slug=slug).metric,
            member=member,
            value=value,
            reached_at=datetime(2025, 5, 6, tzinfo=UTC) + timedelta(minutes=minute),
            period_kind=kind,
            period_start=start,
        )
        return member

    return write


def rows(body):
    return [(row["userId"], row["value"], row["rank"]) for row in body["data"]["leaderboard"]]


def test_the_documented_fields(get, give, viewer):
    give("mia", 1250, name="Mia Lopez")
    give("ben", 980)

    body = get(limit=1)

    block = {"page": 1, "limit": 1, "total": 2, "totalPages": 2, "hasMore": True}
    assert body["pagination"] == block
    assert body["data"] == {
        "leaderboard": [
            {
                "userId": "mia",
                "userName": "Mia Lopez",
                "name": "Mia Lopez",
                "value": 1250,
                "rank": 1,
                "isMe": False,
            }
        ],
        "total": 2,
        "pagination": block,
        "me": {"userId": "viewer", "value": 0, "rank": None},
        "board": {"slug": "points", "title": "Points earned", "unit": "points"},
        "timeframe": "all",
        "period": {"start": None, "end": None},
    }


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("timeframe", ["all", "week", "month", "year"])
def test_an_empty_board_is_an_empty_page(get, slug, timeframe):
    body = get(slug, timeframe=timeframe)

    assert (body["data"]["leaderboard"], body["data"]["total"]) == ([], 0)
    assert body["data"]["me"] == {"userId": "viewer", "value": 0, "rank": None}
    assert body["pagination"]["limit"] == 50


def test_ties_share_a_rank_and_whoever_got_there_first_stands_first(get, give):
    give("late", 50, minute=9)
    give("early", 50, minute=1)
    give("top", 70, minute=5)
    give("last", 10)

    assert rows(get()) == [("top", 70, 1), ("early", 50, 2), ("late", 50, 2), ("last", 10, 4)]
    assert rows(get(limit=1, page=3)) == [("late", 50, 2)]


def test_the_caller_learns_their_place_with_every_page(get, give, viewer, make_member):
    for number in range(5):
        give(f"ahead-{number}", 100 - number)
    viewer_score = give("other", 7)
    MetricScore.objects.filter(member=viewer_score).update(member=viewer)

    for page in (1, 2, 3, 9):
        assert get(page=page, limit=2)["data"]["me"] == {"userId": "viewer", "value": 7, "rank": 6}
    assert [row["isMe"] for row in get(page=3, limit=2)["data"]["leaderboard"]] == [False, True]


def test_a_page_past_the_end_is_empty(get, give):
    give("mia", 5)

    body = get(page=900_000_000, limit=100)

    assert (rows(body), body["data"]["total"]) == ([], 1)
    assert body["pagination"]["hasMore"] is False


def test_more_than_a_hundred_rows_mean_a_hundred(get):
    assert get(limit=5_000)["pagination"]["limit"] == 100


def test_the_callers_neighbours(get, give, viewer):
    for number in range(9):
        give(f"m{number}", 90 - number)
    MetricScore.objects.filter(member__public_id="m4").update(member=viewer)

    body = get(around="me", limit=3)

    assert rows(body) == [("m3", 87, 4), ("viewer", 86, 5), ("m5", 85, 6)]
    block = {"page": 2, "limit": 3, "total": 9, "totalPages": 3, "hasMore": True}
    assert body["pagination"] == body["data"]["pagination"] == block
    assert body["data"]["me"] == {"userId": "viewer", "value": 86, "rank": 5}


def test_who_has_no_score_has_no_neighbours(get, give):
    give("mia", 5)

    body = get(around="me")

    assert (rows(body), body["data"]["total"]) == ([], 1)
    assert body["data"]["me"]["rank"] is None


def test_a_score_with_decimals_is_shown_as_it_was_reported(get, give):
    give("mia", 9580, slug="trust")
    give("ben", -250, slug="trust")

    assert rows(get("trust")) == [("mia", 95.8, 1), ("ben", -2.5, 2)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"timeframe": "decade"}, "timeframe"),
        ({"timeframe": ""}, "timeframe"),
        ({"at": "2025-13-01"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": ""}, "at"),
        ({"at": "9999-12-31"}, "at"),
        ({"around": "them"}, "around"),
        ({"around": "me", "page": "2"}, "page"),
        ({"around": "me", "offset": "2"}, "offset"),
        ({"around": "me", "limit": "0"}, "limit"),
        ({"page": "0"}, "page"),
        ({"limit": "-1"}, "limit"),
    ],
)
def test_what_makes_no_sense_is_refused(get, query, field):
    body = get(status=400, **query)

    assert body["code"] == "validation_failed"
    assert [fault["field"] for fault in body["details"]] == [field]


@pytest.mark.parametrize("slug", ["nothing", "Points", "٣", "a" * 300])
def test_an_unknown_board_is_not_found(get, slug):
    assert get(slug, status=404)["code"] == "leaderboard_not_found"


def test_an_inactive_board_is_not_found(get):
    Leaderboard.objects.filter(slug="points").update(is_active=False)

    assert get(status=404)["code"] == "leaderboard_not_found"


def test_staff_add_a_board_without_code(get, give, sign_in, viewer):
    metric = Metric.objects.get(code="cafe_meetups")
    Leaderboard.objects.create(slug="cafes", title="Cafes", metric=metric, unit="meetups")
    give("mia", 3, slug="cafes")

    assert rows(get("cafes")) == [("mia", 3, 1)]
    listed = sign_in(viewer).get(PATH).json()["data"]
    assert listed["total"] == 7
    assert listed["leaderboards"][-1] == {"slug": "cafes", "title": "Cafes", "unit": "meetups"}


@pytest.mark.parametrize("around", [False, True])
@pytest.mark.parametrize("number", [1, 3])
def test_four_queries_for_any_number_of_rows(
    get, give, viewer, number, around, django_assert_num_queries
):
    for position in range(number):
        give(f"m{position}", 50 - position)
    MetricScore.objects.filter(member__public_id="m0").update(member=viewer)
    query = {"around": "me"} if around else {}

    with django_assert_num_queries(4):
        body = get(**query)

    assert len(body["data"]["leaderboard"]) == number


def test_staff_cost_the_two_queries_of_their_permissions(
    give, make_staff, sign_in, django_assert_num_queries
):
    give("mia", 5)
    client = sign_in(make_staff("sue", "support"))

    with django_assert_num_queries(6):
        client.get(f"{PATH}/points")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "/points", "/preferences"])
def test_a_caller_who_is_not_signed_in_is_refused(sign_in, path):
    response = sign_in().get(PATH + path)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("slug", ["preferences", "Points", "a b", ""])
@pytest.mark.django_db
def test_no_board_has_an_address_that_is_none(slug):
    metric = Metric.objects.create(code="m", name="M", kind="count", log="activities")

    with pytest.raises(IntegrityError, match="gamification_leaderboard_slug_is_address"):
        Leaderboard.objects.create(slug=slug, title="X", metric=metric)
