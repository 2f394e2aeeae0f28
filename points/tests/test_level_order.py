"""A higher tier takes more points: on the console, in the database and between two editors."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import LevelConfig
from points.tests.books import make_levels

pytestmark = pytest.mark.django_db


@pytest.fixture
def levels(db):
    return make_levels(bronze=0, silver=100, gold=200)


def judge():
    """Run what is deferred to the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def add_level(name, **fields):
    LevelConfig.objects.create(name=name, **fields)
    judge()


@pytest.mark.parametrize(("tier", "min_points"), [(9, 150), (9, 200), (0, 1)])
def test_a_level_that_contradicts_another_is_refused_by_name(levels, tier, min_points):
    level = LevelConfig(name="copper", tier=tier, min_points=min_points)

    with pytest.raises(ValidationError) as refusal:
        level.full_clean()

    assert "min_points" in refusal.value.message_dict


def test_a_level_between_two_others_fits(levels):
    LevelConfig.objects.filter(name="gold").update(tier=7)

    LevelConfig(name="copper", tier=5, min_points=150).full_clean()


def test_the_console_names_the_field_that_does_not_fit(levels, make_staff, client):
    client.force_login(make_staff("ann"))
    path = reverse("admin:points_levelconfig_change", args=[levels["silver"].pk])

    response = client.post(path, {"name": "silver", "tier": 2, "min_points": 250, "perks": "[]"})

    assert "gold is tier 3 and takes 200." in response.content.decode()
    levels["silver"].refresh_from_db()
    assert levels["silver"].min_points == 100


def test_two_levels_may_change_places_in_one_transaction(levels):
    with transaction.atomic():
        LevelConfig.objects.filter(name="silver").update(tier=30)
        LevelConfig.objects.filter(name="gold").update(tier=2)
        LevelConfig.objects.filter(name="silver").update(min_points=300, tier=3)
        judge()


def test_the_database_refuses_what_a_script_would_slip_in(levels):
    with pytest.raises(IntegrityError, match="contradicts level"), transaction.atomic():
        add_level("tin", tier=9, min_points=150)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_two_levels_that_contradict_each_other_one_is_kept(db):
    def add(i):
        LevelConfig.objects.create(name=f"level-{i}", tier=i + 1, min_points=100 - i)
        return i

    results = run_together(6, add)

    assert len(winners(results)) == 1
    assert all(isinstance(error, IntegrityError) for error in losers(results))
    assert LevelConfig.objects.count() == 1
