"""GET /v2/gamification/leaderboard/…: six boards, four timeframes, and the caller on each."""

from datetime import UTC, datetime, timedelta

import pytest

from gamification.models import Leaderboard, MetricScore

PATH = "/v2/gamification/leaderboard"
SLUGS = ["points", "trust", "badges", "events", "connections", "referrals"]
FIRST_DAYS = {"all": "0001-01-01", "year": "2025-01-01", "month": "2025-05-01"}


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
    members = {}

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
