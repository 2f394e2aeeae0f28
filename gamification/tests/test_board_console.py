"""Leaderboards on the console: rows that staff add and edit, with a look at who leads."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from gamification.models import BoardPreference, Leaderboard, Metric, MetricScore

LIST = "/admin/gamification/leaderboard/"
PREFERENCES = "/admin/gamification/boardpreference/"


@pytest.fixture
def console(client, programme, make_staff):
    client.force_login(make_staff("root"))
    return client


def test_staff_add_a_board_and_members_see_it(console, sign_in, member):
    metric = Metric.objects.get(code="cafe_meetups")
    form = {"title": "Cafes", "slug": "cafes", "metric": metric.pk, "unit": "", "is_active": "on"}

    assert console.post(f"{LIST}add/", form).status_code == 302

    answer = sign_in(member).get("/v2/gamification/leaderboard/cafes")
    assert answer.json()["data"]["board"]["title"] == "Cafes"


def test_an_address_that_another_page_has_is_refused_with_a_sentence(console):
    metric = Metric.objects.get(code="cafe_meetups")
    form = {"title": "P", "slug": "preferences", "metric": metric.pk, "is_active": "on"}

    response = console.post(f"{LIST}add/", form)

    assert response.status_code == 200
    assert "Another page has this address." in response.content.decode()


def test_a_board_shows_who_leads_it_by_name(console, member):
    board = Leaderboard.objects.get(slug="trust")
    BoardPreference.objects.create(member=member, is_hidden=True)
    page = reverse("admin:gamification_leaderboard_change", args=[board.pk])
    assert console.get(page).content.decode().count("Nobody yet.") == 2
    MetricScore.objects.create(
        metric=board.metric,
        member=member,
        value=9580,
        reached_at=datetime(2026, 5, 6, tzinfo=UTC),
        period_kind=0,
        period_start="0001-01-01",
    )

    assert "1. Mia: 95.8" in console.get(page).content.decode()
    assert page in console.get(LIST).content.decode()
    assert console.get(f"{LIST}add/").status_code == 200


def test_staff_take_an_alias_away_and_set_none(console, member):
    BoardPreference.objects.create(member=member, alias="Rude")

    assert console.get(f"{PREFERENCES}add/").status_code == 403
    page = console.get(f"{PREFERENCES}{member.pk}/change/")
    assert 'name="alias"' not in page.content.decode()
    form = {"action": "take_aliases_away", "_selected_action": [member.pk]}
    assert console.post(PREFERENCES, form).status_code == 302

    wish = BoardPreference.objects.get(member=member)
    assert (wish.alias, wish.is_hidden) == ("", True)


def test_who_may_only_look_takes_no_alias_away(client, programme, make_staff, member):
    BoardPreference.objects.create(member=member, alias="Rude")
    client.force_login(make_staff("ann", "auditor"))

    assert client.get(PREFERENCES).status_code == 200
    form = {"action": "take_aliases_away", "_selected_action": [member.pk]}
    client.post(PREFERENCES, form)

    assert BoardPreference.objects.get(member=member).alias == "Rude"
