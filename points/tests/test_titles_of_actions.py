"""Members read an action's description as the title of what they did."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from points.models import PointAction

pytestmark = pytest.mark.django_db

migration = import_module("points.migrations.0014_shorter_titles_of_actions")


def test_a_rule_becomes_a_title_and_the_words_of_staff_stay() -> None:
    rule, title = migration.TITLES["PURCHASE"]
    PointAction.objects.create(code="PURCHASE", description=rule, points=1)
    PointAction.objects.create(code="SPECIAL_EVENT", description="A birthday", points=1)
    migration.shorten(apps, connection.schema_editor())
    titles = dict(PointAction.objects.values_list("code", "description"))
    assert titles == {"PURCHASE": title, "SPECIAL_EVENT": "A birthday"}
    migration.lengthen(apps, connection.schema_editor())
    assert PointAction.objects.get(code="PURCHASE").description == rule
