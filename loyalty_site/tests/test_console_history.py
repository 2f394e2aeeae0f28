"""What staff change on the console stands in its history: who, what, from what, to what."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.test import RequestFactory
from django.urls import reverse

from gamification.models import Badge, BoardPreference, Leaderboard, Metric
from points.admin import KeepsChanges
from points.models import LevelConfig, PointAction
from rewards.models import Reward, RewardOption

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client, make_staff):
    person = make_staff("boss")
    client.force_login(person)
    return person


def read_form(client, record):
    """Return the page's address, and what its form would send were nothing changed."""
    address = reverse(
        f"admin:{record._meta.label_lower.replace('.', '_')}_change", args=[record.pk]
    )
    context = client.get(address).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            name, value = bound.html_name, bound.value()
            if isinstance(value, list):
                data[name] = [getattr(each, "pk", each) for each in value]
            elif not (value is None or value is False or value == ""):
                data[name] = value
            if bound.field.show_hidden_initial:
                data[bound.html_initial_name] = "" if value is None else value
    return address, data


def change(client, record, **changes):
    """Change fields of a record as staff do, and return what its history says."""
    address, data = read_form(client, record)
    response = client.post(address, {**data, **changes})
    assert response.status_code == 302, response.context["errors"]
    return str(LogEntry.objects.order_by("pk").last())


@pytest.mark.parametrize(
    ("find", "changes", "sentence"),
    [
        (
            lambda: PointAction.objects.get(code="ATTEND_EVENT"),
            {"points": 70},
            "Points from 10 to 70",
        ),
        (
            lambda: LevelConfig.objects.get(name="silver"),
            {"min_points": 1200},
            "Min points from 1,000 to 1,200",
        ),
        (
            lambda: Badge.objects.get(type="KIND_SOUL"),
            {"image_url": "https://example.com/new.png"},
            "Image address from nothing to https://example.com/new.png",
        ),
        (Reward.objects.first, {"is_active": ""}, "Active from yes to no"),
        (RewardOption.objects.first, {"name": "Coupon"}, "to Coupon"),
        (Metric.objects.first, {"name": "Visits"}, "to Visits"),
    ],
)
def test_a_change_is_recorded_with_what_was_there_before(
    client, boss, programme, find, changes, sentence
):
    text = change(client, find(), **changes)

    assert sentence in text
    assert LogEntry.objects.get().user == boss
    page = client.get(LogEntry.objects.get().get_admin_url().replace("/change/", "/history/"))
    assert sentence in page.content.decode()


def test_the_values_stand_in_the_log_whole_and_by_name(client, boss, programme):
    reward = Reward.objects.first()

    change(client, reward, description="long " * 50)

    [message] = json.loads(LogEntry.objects.get().change_message)
    [value] = message["changed"]["values"]
    assert value["field"] == "description"
    assert value["from"] == reward.description
    assert value["to"] == ("long " * 50).strip()


def test_a_stock_is_recorded_as_it_became_and_not_as_it_was_typed(client, boss, programme):
    reward = Reward.objects.exclude(quantity=None).first()
    seen = reward.quantity or 0
    address, data = read_form(client, reward)
    # Two go while the editor looks.
    Reward.objects.filter(pk=reward.pk).update(quantity=seen - 2)

    client.post(address, {**data, "quantity": seen + 10})

    assert f"Quantity from {seen - 2} to {seen + 8}" in str(LogEntry.objects.get())


def test_a_level_a_reward_takes_is_recorded_by_its_name(client, boss, programme):
    gold = LevelConfig.objects.get(name="gold")

    text = change(client, Reward.objects.first(), minimum_level=gold.pk)

    assert "Minimum level from nothing to gold" in text


def test_a_member_s_change_names_the_groups_and_never_a_password(client, boss, make_member):
    mia = make_member("mia", password="blue-river-7")
    support = Group.objects.get(name="support")

    text = change(client, mia, name="Mia Moreau", groups=[support.pk])
    assert "Name from Mia to Mia Moreau" in text
    assert "Groups from nothing to support" in text

    client.post(
        reverse("admin:auth_user_password_change", args=[mia.pk]),
        {"usable_password": "true", "password1": "green-river-8", "password2": "green-river-8"},
    )
    kept = LogEntry.objects.order_by("pk").last().change_message
    assert "password" in kept.lower()
    assert "river" not in kept
    mia.refresh_from_db()
    assert mia.password not in kept


def test_a_row_within_a_page_is_recorded_with_its_values(client, boss, programme):
    metric = Metric.objects.filter(sources__isnull=False).first()

    text = change(client, metric, **{"sources-0-metadata_filter": '{"city": "Ulm"}'})

    assert "Metadata filter from" in text
    assert 'to {"city": "Ulm"} for source' in text


def test_what_a_group_may_do_is_recorded(client, boss):
    group = Group.objects.get(name="host")
    kept = group.permissions.exclude(codename="grant_points").values_list("pk", flat=True)

    text = change(client, group, permissions=list(kept))

    assert "Permissions from" in text


def test_buttons_and_lists_leave_a_record_too(client, boss, programme, make_member, now):
    mia = make_member("mia")
    people, aliases = (
        reverse("admin:accounts_user_changelist"),
        reverse("admin:gamification_boardpreference_changelist"),
    )
    preference = BoardPreference.objects.create(member=mia, alias="Moth", changed_at=now)

    client.post(aliases, {"action": "take_aliases_away", "_selected_action": [preference.pk]})
    client.post(people, {"action": "deactivate", "_selected_action": [mia.pk, boss.pk]})

    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Changed Alias from Moth to nothing.",
        "Changed Active from yes to no.",
    ]


def test_an_edit_in_a_list_is_recorded_with_its_values(client, boss, programme):
    boards = list(Leaderboard.objects.order_by("pk"))
    address = reverse("admin:gamification_leaderboard_changelist")
    data = {"form-TOTAL_FORMS": len(boards), "form-INITIAL_FORMS": len(boards), "_save": "Save"}
    for n, board in enumerate(boards):
        data |= {
            f"form-{n}-id": board.pk,
            f"form-{n}-unit": board.unit,
            f"form-{n}-is_active": "on",
        }

    client.post(address, data | {"form-0-unit": "stars"})

    assert f"Unit from {boards[0].unit} to stars" in str(LogEntry.objects.get())


CHANGES = "admin:accounts_staffchange_changelist"


def test_auditors_read_all_changes_in_one_list(client, make_staff, programme):
    boss = make_staff("boss")
    client.force_login(boss)
    level = LevelConfig.objects.get(name="silver")
    change(client, level, min_points=1200)

    client.force_login(make_staff("ada", "auditor"))
    text = " ".join(client.get(reverse(CHANGES)).content.decode().split())

    for part in (
        reverse("admin:accounts_user_member", args=["boss"]),
        reverse("admin:points_levelconfig_change", args=[level.pk]),
        "Level: ",
        "Changed Min points from 1,000 to 1,200.",
    ):
        assert part in text, part
    assert "silver" in client.get(reverse(CHANGES), {"q": "1,200"}).content.decode()
    for group in ("support", "approver", "catalogue manager"):
        client.force_login(make_staff(group.replace(" ", "-"), group))
        assert client.get(reverse(CHANGES)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_changes_takes_as_many_queries_for_three_as_for_one(
    client, boss, make_member, count, django_assert_num_queries
):
    for _ in range(count):
        LogEntry.objects.log_actions(boss.pk, [make_member()], CHANGE, change_message="Looked.")
    client.get(reverse(CHANGES))

    # The session, who looks, what waits for staff (2), the count, the page.
    with django_assert_num_queries(6):
        client.get(reverse(CHANGES))


def test_every_page_on_which_something_is_changed_keeps_the_values(make_staff):
    request = RequestFactory().get("/")
    request.user = make_staff("boss")

    without = [
        type(page).__name__
        for page in admin.site._registry.values()
        if page.has_change_permission(request) and not isinstance(page, KeepsChanges)
    ]

    assert without == []
