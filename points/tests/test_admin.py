"""The ledger on the console: records to read, rules to edit."""

import pytest
from django.urls import reverse as url

from points.models import (
    Activity,
    LevelConfig,
    LotUse,
    PointAccount,
    PointAction,
    PointTransaction,
)
from points.services.activities import record_activities
from points.tests.books import NOW, earn, make_action, make_levels, report, spend

RECORDS = [PointAccount, PointTransaction, Activity, LotUse]


def page(model, name="changelist", *args):
    return url(f"admin:points_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def console(client, make_staff):
    client.force_login(make_staff("ann"))
    return client


@pytest.fixture
def history(make_member):
    """Return a function that gives a member something in every record."""
    action = make_action("WAVE", 10)

    def make(public_id):
        member = make_member(public_id)
        record_activities(reports=[report(f"event-{public_id}", member, action.code)], now=NOW)
        earn(member, 20, source_id=f"order-{public_id}")
        spend(member, 25, source_id=f"basket-{public_id}")
        return member

    return make


@pytest.mark.parametrize("model", RECORDS)
def test_a_record_can_be_read_in_a_list_and_by_itself(console, history, model):
    history("mia")
    row = model.objects.first()

    listed, opened = console.get(page(model)), console.get(page(model, "change", row.pk))

    assert (listed.status_code, opened.status_code) == (200, 200)
    assert page(model, "change", row.pk) in listed.content.decode()


@pytest.mark.parametrize("model", RECORDS)
def test_a_record_offers_nothing_that_would_change_it(console, history, model):
    history("mia")
    row = model.objects.first()

    listed = console.get(page(model)).content.decode()
    opened = console.get(page(model, "change", row.pk)).content.decode()

    assert "delete_selected" not in listed
    assert page(model, "add") not in listed
    for button in ("_save", "_continue", "_addanother", "deletelink"):
        assert button not in opened


@pytest.mark.parametrize("model", RECORDS)
def test_a_record_cannot_be_added_changed_or_deleted_by_anybody(console, history, model):
    history("mia")
    before = list(model.objects.values())
    row = model.objects.first()
    body = {"amount": 999, "balance": 999, "points": 999, "post": "yes"}

    answers = [
        console.post(page(model, "add"), body),
        console.post(page(model, "change", row.pk), body),
        console.post(page(model, "delete", row.pk), body),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    console.post(page(model), chosen)
    assert list(model.objects.values()) == before


def test_an_account_shows_the_lots_that_still_hold_points(console, history):
    mia = history("mia")

    opened = console.get(page(PointAccount, "change", mia.point_account.pk)).content.decode()

    # Of the lots of 10 and 20 a spend of 25 left five.
    assert ">20<" in opened
    assert ">5<" in opened
    assert ">10<" not in opened


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (PointAccount, "mia"),
        (PointAccount, "mia@example.com"),
        (PointTransaction, "mia"),
        (PointTransaction, "basket-mia"),
        (Activity, "mia"),
        (Activity, "event-mia"),
    ],
)
def test_records_are_found_by_the_member_or_by_what_caused_them(console, history, model, query):
    history("mia")
    history("noa")

    found = console.get(page(model), {"q": query}).context["cl"].result_list

    assert found
    members = {getattr(row, "member", None) or row.account.member for row in found}
    assert {member.public_id for member in members} == {"mia"}


@pytest.mark.parametrize("model", RECORDS)
def test_a_search_for_anything_else_finds_nothing_and_breaks_nothing(console, history, model):
    history("mia")

    response = console.get(page(model), {"q": "nonsense 9'9 %"})

    assert (response.status_code, len(response.context["cl"].result_list)) == (200, 0)


QUERIES = {PointAccount: 7, PointTransaction: 6, Activity: 7, LotUse: 6}


@pytest.mark.parametrize("model", RECORDS)
@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    console, history, model, count, django_assert_num_queries
):
    for n in range(count):
        history(f"member{n}")
    console.get(page(model))

    with django_assert_num_queries(QUERIES[model]):
        console.get(page(model))


@pytest.mark.parametrize("model", [*RECORDS, PointAction, LevelConfig])
@pytest.mark.parametrize(
    ("groups", "status"), [(["auditor"], 200), (["support"], 200), (["host"], 403)]
)
def test_staff_groups_may_read_and_hosts_may_not(client, make_staff, model, groups, status):
    client.force_login(make_staff("ann", *groups))

    assert client.get(page(model)).status_code == status


@pytest.mark.parametrize("model", [*RECORDS, PointAction, LevelConfig])
def test_members_are_sent_to_the_sign_in(client, member, model):
    client.force_login(member)

    response = client.get(page(model))

    assert response.status_code == 302
    assert "/login/" in response["Location"]


def action_form(action, **changes):
    """Return what the browser would send for an action, with some fields changed."""
    fields = {
        name: getattr(action, name)
        for name in ("code", "category", "description", "points", "unit_field", "unit_size")
    }
    limits = {"times_per_day_max": "", "times_per_week_max": "", "expires_after_days": ""}
    return fields | limits | {"cooldown_seconds": 0, "is_active": "on"} | changes


def test_what_an_action_earns_can_be_changed_and_counts_at_once(console, member):
    action = make_action("WAVE", 10)

    response = console.post(
        page(PointAction, "change", action.pk),
        action_form(action, points=25, times_per_day_max=1, expires_after_days=0),
    )

    assert response.status_code == 302
    outcomes = record_activities(reports=[report("e1", member), report("e2", member)], now=NOW)
    assert [outcome.points for outcome in outcomes] == [25, 0]


def test_an_action_can_be_added(console, member):
    form = action_form(PointAction(code="DANCE", category="Social", description="D", points=4))

    response = console.post(page(PointAction, "add"), form)

    assert response.status_code == 302
    [outcome] = record_activities(reports=[report("e1", member, "DANCE")], now=NOW)
    assert outcome.points == 4


def test_an_action_can_be_retired_and_not_deleted(console, member):
    action = make_action("WAVE", 10)
    form = action_form(action)
    del form["is_active"]

    assert console.post(page(PointAction, "delete", action.pk), {"post": "yes"}).status_code == 403
    assert console.post(page(PointAction, "change", action.pk), form).status_code == 302

    [outcome] = record_activities(reports=[report("e1", member)], now=NOW)
    assert outcome.status == "unknown_action"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "wave"),
        ("code", "WAVE AT"),
        ("code", "NOD"),
        ("points", "1000000001"),
        ("points", "99999999999"),
        ("points", "many"),
        ("unit_size", "0"),
        ("unit_size", "-1"),
        ("times_per_day_max", "-1"),
        ("times_per_week_max", "-1"),
        ("cooldown_seconds", "-1"),
        ("cooldown_seconds", "99999999999"),
        ("expires_after_days", "-1"),
    ],
)
def test_a_field_that_makes_no_sense_is_named_and_nothing_changes(console, field, value):
    make_action("NOD", 1)
    action = make_action("WAVE", 10)

    response = console.post(
        page(PointAction, "change", action.pk), action_form(action, **{field: value})
    )

    assert response.status_code == 200
    form = response.context["adminform"].form
    assert field in form.errors or form.non_field_errors()
    action.refresh_from_db()
    assert (action.code, action.points) == ("WAVE", 10)


def test_a_level_can_be_moved_and_not_deleted(console):
    silver = make_levels(bronze=0, silver=100)["silver"]
    form = {"name": "silver", "tier": 2, "min_points": 200, "perks": "[]"}

    assert console.post(page(LevelConfig, "change", silver.pk), form).status_code == 302
    assert console.post(page(LevelConfig, "delete", silver.pk), {"post": "yes"}).status_code == 403

    silver.refresh_from_db()
    assert silver.min_points == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("min_points", "-1"), ("min_points", "0"), ("tier", "1"), ("name", "bronze")],
)
def test_levels_keep_apart(console, field, value):
    silver = make_levels(bronze=0, silver=100)["silver"]
    form = {"name": "silver", "tier": 2, "min_points": 100, "perks": "[]"} | {field: value}

    response = console.post(page(LevelConfig, "change", silver.pk), form)

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors


def test_a_list_keeps_the_thousands_of_a_figure_apart(console, member):
    earn(member, 12_500, source_id="order")

    for model in (PointAccount, PointTransaction):
        assert ">12,500</td>" in console.get(page(model)).content.decode()
