"""Members hide on leaderboards or go by an alias; their place stays theirs."""

import pytest
from django.db import IntegrityError

from gamification.models import BoardPreference, Leaderboard, MetricScore
from gamification.services.boards import clear_aliases

PATH = "/v2/gamification/leaderboard/preferences"
BOARD = "/v2/gamification/leaderboard/points"


@pytest.fixture
def score(programme):
    def give(member, value):
        MetricScore.objects.create(
            metric=Leaderboard.objects.get(slug="points").metric,
            member=member,
            value=value,
            reached_at=member.joined_at,
            period_kind=0,
            period_start="0001-01-01",
        )
        return member

    return give


@pytest.fixture
def look(sign_in):
    """Return a function that reads the board as somebody: (userId, userName, name, rank) rows."""

    def read(person):
        body = sign_in(person).get(BOARD).json()
        return [
            (row["userId"], row["userName"], row["name"], row["rank"])
            for row in body["data"]["leaderboard"]
        ]

    return read


def test_without_a_wish_members_are_shown_by_name(score, look, make_member, member, sign_in):
    score(member, 5)

    assert sign_in(member).get(PATH).json()["data"] == {"hidden": False, "alias": None}
    assert look(make_member()) == [("mia", "Mia", "Mia", 1)]
    assert not BoardPreference.objects.exists()


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ({"hidden": True}, "Hidden member"),
        ({"hidden": True, "alias": "Owl"}, "Hidden member"),
        ({"alias": "Owl"}, "Owl"),
        ({"hidden": False, "alias": "  Night   Owl "}, "Night Owl"),
    ],
)
def test_others_learn_neither_name_nor_id_and_the_place_stays(
    score, look, make_member, member, make_staff, sign_in, wish, name
):
    score(make_member("top"), 9)
    score(member, 5)
    score(make_member("low"), 1)

    assert sign_in(member).put(PATH, wish).status_code == 200

    assert look(make_member()) == [
        ("top", "Top", "Top", 1),
        (None, name, name, 2),
        ("low", "Low", "Low", 3),
    ]
    assert look(member)[1] == ("mia", "Mia", "Mia", 2)
    for group in ("support", "auditor"):
        assert look(make_staff(f"of-{group}", group))[1] == ("mia", "Mia", "Mia", 2)


def test_the_right_to_enter_the_console_alone_shows_no_names(
    score, look, member, make_member, sign_in
):
    score(member, 5)
    sign_in(member).put(PATH, {"hidden": True})

    assert look(make_member("temp", is_staff=True)) == [(None, "Hidden member", "Hidden member", 1)]


def test_who_was_deactivated_keeps_the_place_without_a_name(score, look, make_member, member):
    score(member, 5)
    member.is_active = False
    member.save()

    assert look(make_member()) == [(None, "Former member", "Former member", 1)]


def test_what_is_left_out_stays(sign_in, member):
    client = sign_in(member)
    client.put(PATH, {"hidden": True, "alias": "Owl"})

    assert client.put(PATH, {"hidden": False}).json()["data"] == {"hidden": False, "alias": "Owl"}
    assert client.put(PATH, {"alias": None}).json()["data"] == {"hidden": False, "alias": None}
    assert client.get(PATH).json()["data"] == {"hidden": False, "alias": None}


@pytest.mark.parametrize(
    "body", [{}, [], {"hidden": "yes"}, {"hidden": 1}, {"alias": 5}, {"Alias": "Owl"}]
)
def test_what_makes_no_sense_is_refused(sign_in, member, body):
    response = sign_in(member).put(PATH, body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")


@pytest.mark.parametrize(
    "alias",
    ["hidden MEMBER", "Former member", "a" * 31, "<b>", "-", "a\u202eb", "a\u200bb", "😀"],
)
def test_an_alias_that_pretends_or_cannot_be_read_is_refused(sign_in, member, alias):
    response = sign_in(member).put(PATH, {"alias": alias})

    assert (response.status_code, response.json()["code"]) == (400, "alias_not_allowed")
    assert not BoardPreference.objects.exists()


@pytest.mark.parametrize("alias", ["Zoë O'Hara-2", "夜のフクロウ", "नमस्ते", "x"])
def test_letters_of_any_script_make_an_alias(sign_in, member, alias):
    assert sign_in(member).put(PATH, {"alias": alias}).json()["data"]["alias"] == alias


@pytest.mark.parametrize("alias", ["Owl", "OWL", "\uff4fwl"])
def test_an_alias_belongs_to_one_member_in_any_case_and_width(sign_in, member, make_member, alias):
    assert sign_in(member).put(PATH, {"alias": "owl"}).status_code == 200
    assert sign_in(member).put(PATH, {"alias": alias}).status_code == 200

    response = sign_in(make_member()).put(PATH, {"alias": alias})

    assert (response.status_code, response.json()["code"]) == (409, "alias_taken")


def test_the_database_keeps_aliases_apart(member, make_member):
    BoardPreference.objects.create(member=member, alias="Owl")

    with pytest.raises(IntegrityError, match="gamification_alias_unique"):
        BoardPreference.objects.create(member=make_member(), alias="oWL")


def test_a_member_whose_alias_staff_take_away_is_hidden(
    score, look, member, make_member, sign_in, now
):
    score(member, 5)
    sign_in(member).put(PATH, {"alias": "Rude word"})

    assert clear_aliases(preferences=BoardPreference.objects.all(), now=now) == 1

    assert look(make_member()) == [(None, "Hidden member", "Hidden member", 1)]
    assert clear_aliases(preferences=BoardPreference.objects.all(), now=now) == 0
