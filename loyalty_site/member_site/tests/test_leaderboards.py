"""The boards: places, the member's own, neighbours, past periods, and how one is shown."""

from datetime import timedelta

import pytest

from gamification.models import Leaderboard
from gamification.services.boards import set_preference
from gamification.services.projecting import project_backlog
from points.services.activities import ActivityReport, record_activities

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

BOARDS = "/dashboard/leaderboards"
EVENTS = f"{BOARDS}/events"


@pytest.fixture
def mia(make_member):
    return make_member("mia")


@pytest.fixture
def browser(client_of, mia):
    return client_of(mia)


@pytest.fixture
def attend(now):
    """Let members attend so many events: `attend(mia=2, days_ago=40)`."""

    def record(*, days_ago=0, **counts):
        reports = [
            ActivityReport(
                event_id=f"{name}-{days_ago}-{number}",
                user_id=name,
                action="ATTEND_EVENT",
                occurred_at=now - timedelta(days=days_ago),
            )
            for name, count in counts.items()
            for number in range(count)
        ]
        record_activities(reports=reports, now=now)
        for _ in project_backlog():
            pass

    return record


def shown(page):
    return [(place.rank, name, place.value) for place, name in page.context["places"]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_board_costs_the_same_however_long(
    browser, make_member, attend, count, django_assert_num_queries
):
    names = [f"member-{number}" for number in range(count)]
    for name in names:
        make_member(name)
    attend(**dict.fromkeys(names, 1))
    # Session, member, board, own place, page, boards, and the balance in the header.
    with django_assert_num_queries(7):
        page = browser.get(EVENTS)
    assert len(page.context["places"]) == count


def test_the_own_place_is_shown_on_every_page(browser, make_member, attend):
    make_member("leo")
    attend(leo=2, mia=1)
    for query in ({}, {"page": 9}, {"around": "me"}, {"timeframe": "nonsense", "at": "never"}):
        page = browser.get(EVENTS, query)
        assert shown(page) == [(1, "Leo", 2), (2, "Mia", 1)]
        assert "You are number <strong>2</strong> of 2." in page.text
    for timeframe in ("week", "month", "year"):
        assert "<strong>2</strong>" in browser.get(EVENTS, {"timeframe": timeframe}).text


def test_a_past_period_is_looked_at_and_the_future_is_not(browser, attend, now):
    attend(mia=2, days_ago=400)
    attend(mia=1)
    past = (now - timedelta(days=400)).date()
    page = browser.get(EVENTS, {"timeframe": "year", "at": past.isoformat()})
    assert shown(page) == [(1, "Mia", 2)]
    assert page.context["day_after"].year == past.year + 1
    coming = browser.get(EVENTS, {"timeframe": "year", "at": "2999-01-01"})
    assert shown(coming) == [(1, "Mia", 1)]
    assert coming.context["day_after"] is None


def test_all_six_boards_open_empty(browser):
    assert browser.get(BOARDS)["Location"] == f"{BOARDS}/points"
    for slug in ("points", "trust", "badges", "events", "connections", "referrals"):
        page = browser.get(f"{BOARDS}/{slug}").text
        assert "Nobody is on this board yet" in page
        assert "You are not on this board" in page
    assert browser.get(f"{BOARDS}/nonsense").status_code == 404
    Leaderboard.objects.update(is_active=False)
    assert browser.get(BOARDS).status_code == 404


def test_a_member_hides_or_takes_an_alias(browser, client_of, make_member, mia, attend, now):
    other = client_of(make_member("leo"))
    attend(mia=1)
    address = f"{BOARDS}/preferences"
    assert "Saved." in browser.post(address, {"alias": " Night  Owl "}, follow=True).text
    assert shown(other.get(EVENTS)) == [(1, "Night Owl", 1)]
    assert shown(browser.get(EVENTS)) == [(1, "Mia", 1)]
    browser.post(address, {"alias": "Night Owl", "is_hidden": "on"})
    assert shown(other.get(EVENTS)) == [(1, "Hidden member", 1)]
    kept = browser.get(address).context["form"].initial
    assert kept == {"alias": "Night Owl", "is_hidden": True}


@pytest.mark.parametrize(
    ("alias", "sentence"),
    [("night owl", "Another member has this alias."), ("<script>", "An alias has up to 30")],
)
def test_an_alias_that_is_refused_is_told_why(browser, make_member, now, alias, sentence):
    set_preference(member=make_member("leo"), changes={"alias": "Night Owl"}, now=now)
    answer = browser.post(f"{BOARDS}/preferences", {"alias": alias})
    assert (answer.status_code, sentence in answer.text) == (400, True)
