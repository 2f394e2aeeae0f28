"""Loading the programme: complete the first time, respectful of staff's changes ever after."""

import pytest
from django.core.management import call_command

from gamification.models import Badge
from points.models import LevelConfig, PointAction
from rewards.models import Reward

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


def test_a_fresh_programme_is_whole() -> None:
    assert PointAction.objects.count() == 43
    assert Badge.objects.count() == 14
    assert list(LevelConfig.objects.order_by("tier").values_list("name", "min_points")) == [
        ("bronze", 0),
        ("silver", 1_000),
        ("gold", 2_500),
        ("platinum", 5_000),
    ]
    assert Reward.objects.count() >= 10


def test_loading_again_keeps_what_staff_changed() -> None:
    PointAction.objects.filter(code="ATTEND_EVENT").update(points=99, is_active=False)
    LevelConfig.objects.filter(name="silver").update(name="sterling", min_points=900)
    Badge.objects.filter(type="FIRST_FACE").update(name="Hello")
    call_command("load_programme", verbosity=0)
    action = PointAction.objects.get(code="ATTEND_EVENT")
    assert (action.points, action.is_active) == (99, False)
    assert LevelConfig.objects.count() == 4
    assert Badge.objects.get(type="FIRST_FACE").name == "Hello"
