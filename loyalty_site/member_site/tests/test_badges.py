"""The badges a member holds and those on the way."""

import pytest

from gamification.models import Badge, BadgeAward
from gamification.services.projecting import project_backlog
from points.services.activities import ActivityReport, record_activities

pytestmark = pytest.mark.django_db

BADGES = "/dashboard/badges"


@pytest.fixture
def browser(client_of, make_member, programme):
    return client_of(make_member("mia"))


def attend(count, now):
    reports = [
        ActivityReport(event_id=f"{action}-{number}", user_id="mia", action=action, occurred_at=now)
        for number in range(count)
        for action in ("ATTEND_EVENT", "CAFE_MEETUP")
    ]
    record_activities(reports=reports, now=now)
    for _ in project_backlog():
        pass


def test_a_newcomer_sees_all_of_them_on_the_way(browser):
    page = browser.get(BADGES)
    assert "You hold 0 of 14." in page.text
    assert "None yet." in page.text
    assert page.text.count("<progress") == 14
    assert "badges.svg#CAFE_FRIEND" in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_held_and_how_far_the_others_are(browser, now, count, django_assert_num_queries):
    attend(count, now)
    # Session, member, badges, and the balance in the header.
    with django_assert_num_queries(4):
        page = browser.get(BADGES)
    held = [award.badge.type for award in page.context["held"]]
    assert set(held) == {1: {"FIRST_FACE"}, 3: {"CAFE_FRIEND", "FIRST_FACE"}}[count]
    nearest = page.context["on_the_way"][0]
    assert nearest.percentage > 0
    if count == 1:
        assert "Attend 2 more cafe meetups to earn this badge" in page.text
        assert "33 %" in page.text
    award = BadgeAward.objects.get(badge__type="FIRST_FACE")
    assert award.points == 25
    assert f'datetime="{award.earned_at:%Y-%m-%d}' in page.text


def test_a_badge_of_another_kind_shows_a_medal_or_its_own_picture(browser):
    Badge.objects.filter(type="FIRST_FACE").update(type="OWN_MAKE")
    Badge.objects.filter(type="ICEBREAKER").update(image_url="https://example.com/ice.png")
    page = browser.get(BADGES).text
    assert "badges.svg#OTHER" in page
    assert 'src="https://example.com/ice.png"' in page


def test_without_badges_it_says_so(browser):
    Badge.objects.update(is_active=False)
    assert "There are no badges to earn at the moment" in browser.get(BADGES).text
