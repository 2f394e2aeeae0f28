"""What the database itself refuses of the lines for sold-out rewards, asked past Python."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from rewards.models import Reward, RewardWatch
from rewards.services.watches import watch_reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch(member, make_reward, now):
    return watch_reward(member=member, reward_id=make_reward(quantity=0).pk, now=now).watch


def refused(write):
    """Return the name of the constraint that refuses a write."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()
    return caught.value.__cause__.diag.constraint_name


def update(watch, **values):
    return RewardWatch.objects.filter(pk=watch.pk).update(**values)


def test_a_member_stands_once_in_a_line(watch):
    again = RewardWatch(reward=watch.reward, member=watch.member, created_at=watch.created_at)

    assert refused(again.save) == "rewards_watch_once_in_line"


@pytest.mark.parametrize(
    ("seconds", "count"), [(-1, 0), (0, None), (None, 0)], ids=["early", "no count", "no instant"]
)
def test_who_is_told_has_waited_and_the_count_is_noted(watch, now, seconds, count):
    told_at = None if seconds is None else now + timedelta(seconds=seconds)

    name = refused(lambda: update(watch, told_at=told_at, told_count=count))

    assert name == "rewards_watch_told_after_it_began"


def test_an_e_mail_follows_what_was_told_and_was_sent_or_refused(watch, now):
    told = {"told_at": now, "told_count": 0}

    for values in ({"mailed_at": now}, {**told, "mailed_at": now, "mail_refused_at": now}):
        name = refused(lambda values=values: update(watch, **values))
        assert name == "rewards_watch_mailed_or_refused"
    assert update(watch, **told, mailed_at=now) == 1


def test_who_was_told_is_not_told_again(watch, now):
    update(watch, told_at=now, told_count=0)

    for write in (
        lambda: update(watch, told_at=None, told_count=None),
        lambda: update(watch, told_at=now + timedelta(days=1)),
        lambda: update(watch, told_count=1),
        lambda: RewardWatch.objects.filter(pk=watch.pk).delete(),
    ):
        assert refused(write) == "rewards_watch_record_fixed"
    assert update(watch, mailed_at=now) == 1
    assert refused(lambda: update(watch, mailed_at=None)) == "rewards_watch_record_fixed"


def test_a_place_in_line_cannot_be_passed_on_or_moved(watch, make_member, now):
    noa, earlier = make_member("noa"), now - timedelta(days=1)

    assert refused(lambda: update(watch, member=noa)) == "rewards_watch_record_fixed"
    assert refused(lambda: update(watch, created_at=earlier)) == "rewards_watch_record_fixed"


@pytest.mark.parametrize("low", [-1, 1_000_000_001])
def test_a_reward_is_low_at_a_number_of_items(reward, low):
    rewards = Reward.objects.filter(pk=reward.pk)

    assert refused(lambda: rewards.update(low_stock_at=low)) == "rewards_reward_low_stock_bounded"
