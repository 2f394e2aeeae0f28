"""GET /api/points/leaderboard: who brought the most members, in a period that counts."""

from datetime import UTC, datetime, timedelta

import pytest

from referrals.enums import BoardPeriod
from referrals.models import Referral
from referrals.services import (
    activate_referral,
    attach_referral,
    decide_referral,
    get_board,
    get_or_issue_code,
    keep_invitation,
)

PATH = "/api/points/leaderboard"
# A Wednesday.
NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.fixture
def bring(programme, make_member, now):
    codes: dict[str, str] = {}

    def attach(referrer, number=1, at=now):
        if referrer not in codes:
            codes[referrer] = get_or_issue_code(member=make_member(referrer), now=now).code
        code = codes[referrer]
        for _ in range(number):
            referral = attach_referral(referred=make_member(), code=code, now=at)
        return referral

    return attach


@pytest.fixture
def viewer(programme, make_member):
    return make_member("viewer")


@pytest.fixture
def board(sign_in, viewer):
    def get(**query):
        response = sign_in(viewer).get(PATH, query)
        assert response.status_code == 200, response.content
        return response.json()["data"]

    return get


def places(board):
    return [(place.public_id, place.referrals, place.rank) for place in board.places]


def test_the_documented_fields(bring, board, make_member):
    make_member("mia", name="Mia Sofia Lopez")
    code = get_or_issue_code(member=make_member("ben", name="Ben Weber"), now=NOON).code
    attach_referral(referred=make_member(), code=code, now=NOON)

    data = board()

    assert data == {
        "entries": [
            {
                "rank": 1,
                "userId": "ben",
                "name": "Ben W.",
                "avatar": None,
                "referrals": 1,
                "pointsEarned": 5,
            }
        ],
        "total": 1,
        "period": "all",
        "me": {"userId": "viewer", "value": 0, "rank": None},
    }


def test_an_empty_board_ranks_nobody(board):
    assert board() == {
        "entries": [],
        "total": 0,
        "period": "all",
        "me": {"userId": "viewer", "value": 0, "rank": None},
    }


def test_a_rank_is_one_and_the_number_strictly_above_and_ties_go_to_the_first(bring, viewer, now):
    bring("ann", 2, now)
    bring("mia", 3, now)
    bring("eva", 1, now)
    bring("kim", 1, now - timedelta(hours=1))
    bring("ben", 1, now - timedelta(hours=2))
    bring("ben", 1, now - timedelta(hours=1))

    board = get_board(viewer=viewer, period=BoardPeriod.ALL, limit=10, now=now)

    assert places(board) == [
        ("mia", 3, 1),
        ("ben", 2, 2),
        ("ann", 2, 2),
        ("kim", 1, 4),
        ("eva", 1, 4),
    ]
    assert (board.viewer_referrals, board.viewer_rank) == (0, None)


def test_the_callers_place_is_told_when_it_is_not_on_the_list(bring, sign_in, make_member, now):
    bring("mia", 2)
    bring("ben", 2, now - timedelta(hours=1))
    eva = bring("eva", 1).referrer

    data = sign_in(eva).get(PATH, {"limit": 1}).json()["data"]

    assert [entry["userId"] for entry in data["entries"]] == ["ben"]
    assert data["total"] == 3
    assert data["me"] == {"userId": "eva", "value": 1, "rank": 3}


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        ("week", datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 11, tzinfo=UTC)),
        ("month", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)),
        ("year", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_period_counts_from_its_first_instant_to_its_last(bring, viewer, period, first, end):
    moment = timedelta(microseconds=1)
    bring("early", 1, first - moment)
    bring("begins", 1, first)
    bring("ends", 1, end - moment)
    bring("late", 1, end)

    board = get_board(viewer=viewer, period=BoardPeriod(period), limit=10, now=NOON)

    assert [place.public_id for place in board.places] == ["begins", "ends"]
    assert len(get_board(viewer=viewer, period=BoardPeriod.ALL, limit=10, now=NOON).places) == 4


def test_periods_are_those_of_the_programmes_zone(bring, viewer, settings):
    settings.LOYALTY_TIME_ZONE = "America/New_York"
    bring("sunday", 1, datetime(2026, 5, 4, 3, 59, tzinfo=UTC))
    bring("monday", 1, datetime(2026, 5, 4, 4, 0, tzinfo=UTC))

    board = get_board(viewer=viewer, period=BoardPeriod.WEEK, limit=10, now=NOON)

    assert [place.public_id for place in board.places] == ["monday"]


@pytest.mark.parametrize("day", [datetime(2026, 12, 31, 12, tzinfo=UTC)])
def test_a_week_across_the_years_is_one_week(bring, viewer, day):
    bring("mia", 1, datetime(2026, 12, 28, tzinfo=UTC))
    bring("mia", 1, datetime(2027, 1, 3, 23, tzinfo=UTC))

    board = get_board(viewer=viewer, period=BoardPeriod.WEEK, limit=10, now=day)

    assert places(board) == [("mia", 2, 1)]


def test_points_are_what_the_ledger_posted_in_the_period(bring, viewer):
    old = bring("mia", 1, NOON - timedelta(days=60))
    bring("mia", 1, NOON)
    activate_referral(referred=old.referred, now=NOON)

    [month] = get_board(viewer=viewer, period=BoardPeriod.MONTH, limit=10, now=NOON).places
    [ever] = get_board(viewer=viewer, period=BoardPeriod.ALL, limit=10, now=NOON).places

    assert (month.referrals, month.points_earned) == (1, 15)
    assert (ever.referrals, ever.points_earned) == (2, 20)


def test_what_does_not_count_is_left_out(bring, viewer, make_staff, now, settings):
    mia = bring("mia").referrer
    code = get_or_issue_code(member=mia, now=now).code
    keep_invitation(code=code, email="kim@example.com", now=now)
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    bring("mia")
    refused, approved = bring("mia"), bring("mia")
    ann = make_staff("ann")
    decide_referral(referral_id=refused.pk, approve=False, actor=ann, reason="Farmed", now=now)
    decide_referral(referral_id=approved.pk, approve=True, actor=ann, now=now)

    board = get_board(viewer=viewer, period=BoardPeriod.ALL, limit=10, now=now)

    assert Referral.objects.count() == 5
    assert places(board) == [("mia", 2, 1)]


def test_somebody_who_was_switched_off_is_not_shown_and_in_nobodys_way(bring, viewer, now):
    mia = bring("mia", 2).referrer
    bring("ben")
    mia.is_active = False
    mia.save()

    board = get_board(viewer=viewer, period=BoardPeriod.ALL, limit=10, now=now)

    assert places(board) == [("ben", 1, 1)]


@pytest.mark.parametrize("rows", [1, 3])
def test_one_query_beside_signing_in(bring, sign_in, viewer, rows, django_assert_num_queries):
    for n in range(rows):
        bring(f"referrer-{n}", 2)
    client = sign_in(viewer)

    with django_assert_num_queries(2):
        data = client.get(PATH).json()["data"]

    assert [entry["pointsEarned"] for entry in data["entries"]] == [10] * rows


def test_ten_places_unless_asked_otherwise(bring, board):
    for n in range(11):
        bring(f"referrer-{n}")

    assert len(board()["entries"]) == 10
    assert len(board(limit=11)["entries"]) == 11
    assert len(board(limit=100_000)["entries"]) == 11


@pytest.mark.parametrize(
    "query",
    [{"period": "decade"}, {"period": "ALL"}, {"limit": "0"}, {"limit": "-1"}, {"limit": "many"}],
)
def test_what_does_not_fit_is_refused_and_named(sign_in, viewer, query):
    response = sign_in(viewer).get(PATH, query)

    assert response.status_code == 400
    assert response.json()["code"] == "validation_failed"
    assert [detail["field"] for detail in response.json()["details"]] == list(query)


def test_another_period_is_told_which_there_are(sign_in, viewer):
    details = sign_in(viewer).get(PATH, {"period": "decade"}).json()["details"]

    assert details[0]["message"] == "Must be one of: all, year, month, week."


@pytest.mark.django_db
def test_a_caller_who_is_not_signed_in_is_refused(sign_in):
    response = sign_in().get(PATH)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
