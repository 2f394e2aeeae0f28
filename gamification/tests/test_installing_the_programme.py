"""The programme's metrics and badges are installed once and then belong to staff."""

import csv

import pytest
from django.conf import settings
from django.core.management import call_command

from gamification.models import Badge, Metric, MetricSource
from gamification.services.programme import install_badges, install_metrics, read_source

# What members must do for each of the 14 badges, as the programme promises it.
PROMISED = {
    "FIRST_FACE": ("Events", "count", ["ATTEND_EVENT"], 1),
    "CAFE_FRIEND": ("Events", "count", ["CAFE_MEETUP"], 3),
    "SUKAN_SQUAD_MVP": ("Events", "count", ["ATTEND_EVENT"], 5),
    "SOUL_NOURISHER": ("Events", "count", ["ATTEND_EVENT", "ATTEND_EVENT", "ILM_EVENT"], 5),
    "HELPERS_HAND": ("Community", "count", ["VOLUNTEER"], 3),
    "CONNECTOR": ("Referrals", "count", ["REFERRAL"], 3),
    "TOP_FRIEND": ("Social", "count", ["MAKE_CONNECTION"], 10),
    "ICEBREAKER": ("Social", "count", ["FIRST_CONNECTION", "MAKE_CONNECTION"], 1),
    "CERTIFIED_HOST": ("Events", "count", ["HOST_EVENT"], 1),
    "STREAK_CHAMP": ("Events", "streak", ["ATTEND_EVENT"], 4),
    "LOCAL_GUIDE": ("Events", "distinct", ["ATTEND_EVENT"], 5),
    "KIND_SOUL": ("Social", "count", ["GIVE_TRUST_MOMENT"], 10),
    "KNOWLEDGE_SHARER": ("Community", "distinct", ["RECEIVE_HELPFUL_VOTE"], 5),
    "ALL_ROUNDER": ("Achievements", "count", [], 5),
}


def rows_of(name):
    path = settings.BASE_DIR / "loyalty_site" / "programme" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def filters_of(badge_type):
    sources = MetricSource.objects.filter(metric__badges__type=badge_type)
    return [source.metadata_filter for source in sources.order_by("id")]


def test_the_14_badges_stand_on_what_they_promise(programme):
    found = {
        badge.type: (
            badge.category,
            badge.metric.kind,
            sorted(badge.metric.sources.values_list("action__code", flat=True)),
            badge.threshold,
        )
        for badge in Badge.objects.select_related("metric")
    }
    assert found == PROMISED
    assert set(Badge.objects.values_list("points", flat=True)) == {25}


def test_metadata_tells_apart_what_actions_cannot(programme):
    assert filters_of("FIRST_FACE") == [{}]
    assert filters_of("SUKAN_SQUAD_MVP") == [{"eventType": "sports"}]
    assert filters_of("SOUL_NOURISHER") == [{}, {"eventType": "spiritual"}, {"eventType": "ilm"}]
    assert filters_of("KIND_SOUL") == [{"positive": True}]
    assert Metric.objects.get(badges__type="LOCAL_GUIDE").distinct_field == "locationId"
    assert Metric.objects.get(badges__type="KNOWLEDGE_SHARER").distinct_field == "feedbackId"
    assert Metric.objects.get(badges__type="STREAK_CHAMP").streak_unit == "week"
    assert Metric.objects.get(badges__type="ALL_ROUNDER").log == "badges"


def test_installing_again_adds_nothing(programme):
    before = (Metric.objects.count(), MetricSource.objects.count(), Badge.objects.count())

    assert install_metrics(rows=rows_of("metrics")) == 0
    assert install_badges(rows=rows_of("badges")) == 0

    assert (Metric.objects.count(), MetricSource.objects.count(), Badge.objects.count()) == before


def test_what_staff_changed_stays(programme):
    Badge.objects.filter(type="FIRST_FACE").update(points=40, threshold=2, is_active=False)
    Metric.objects.get(code="sports_events").sources.update(metadata_filter={"eventType": "run"})

    call_command("load_programme", verbosity=0)

    badge = Badge.objects.get(type="FIRST_FACE")
    assert (badge.points, badge.threshold, badge.is_active) == (40, 2, False)
    assert filters_of("SUKAN_SQUAD_MVP") == [{"eventType": "run"}]


def test_what_is_missing_comes_back(programme):
    Badge.objects.filter(type="ICEBREAKER").delete()
    Metric.objects.filter(code="any_connections").delete()

    assert install_metrics(rows=rows_of("metrics")) == 1
    assert install_badges(rows=rows_of("badges")) == 1

    assert Badge.objects.get(type="ICEBREAKER").metric.sources.count() == 2


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("DONATE", ("DONATE", {})),
        ("DONATE anonymous=true", ("DONATE", {"anonymous": True})),
        ("DONATE tier=3 cause=water", ("DONATE", {"tier": 3, "cause": "water"})),
    ],
)
def test_a_source_is_read_from_one_line(text, read):
    assert read_source(text) == read
