"""POST /v2/gamification/activities: where the host reports what its members do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from points.models import Activity, PointTransaction
from points.tests.books import account_of, close_account, make_action, make_levels

PATH = "/v2/gamification/activities"


@pytest.fixture(autouse=True)
def wave(db):
    return make_action("WAVE", 10)


@pytest.fixture
def host(make_staff, sign_in):
    return sign_in(make_staff("platform", "host"))


def activity(**fields):
    return {"eventId": "e1", "userId": "mia", "action": "WAVE"} | fields


def problems(response):
    """Return the fields a refusal names."""
    body = response.json()
    assert (response.status_code, body["success"], body["code"]) == (
        400,
        False,
        "validation_failed",
    )
    assert not Activity.objects.exists()
    return [detail["field"] for detail in body["details"]]


def test_nobody_may_report_without_signing_in(sign_in, member):
    response = sign_in().post(PATH, activity())

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert not Activity.objects.exists()


@pytest.mark.parametrize("groups", [["support"], ["auditor"], ["approver", "catalogue manager"]])
def test_staff_without_the_power_may_not_report(sign_in, make_staff, member, groups):
    response = sign_in(make_staff("ann", *groups)).post(PATH, activity())

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not Activity.objects.exists()


def test_a_member_may_not_report(sign_in, member):
    response = sign_in(member).post(PATH, activity())

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not Activity.objects.exists()


def test_who_may_not_report_learns_nothing_about_the_body(sign_in, member):
    response = sign_in(member).post(PATH, {"nonsense": True})

    assert response.status_code == 403


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_activities_are_only_posted(host, method):
    response = getattr(host, method)(PATH)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_one_activity_is_recorded_and_answered(host, member):
    response = host.post(PATH, activity(metadata={"mood": "good"}, subjectId="noa"))

    body = response.json()
    assert (response.status_code, body["statusCode"], body["success"]) == (201, 201, True)
    assert body["data"] == {
        "eventId": "e1",
        "status": "posted",
        "points": 10,
        "balance": 10,
        "reason": None,
    }
    recorded = Activity.objects.get()
    assert (recorded.metadata, recorded.subject_id) == ({"mood": "good"}, "noa")


def test_the_path_works_with_a_slash_at_its_end(host, member):
    assert host.post(PATH + "/", activity()).status_code == 201


def test_the_same_activity_again_changes_nothing_and_says_so(host, member):
    host.post(PATH, activity())

    response = host.post(PATH, activity(metadata={"another": "body"}))

    assert response.status_code == 200
    assert response.json()["data"] == {
        "eventId": "e1",
        "status": "duplicate",
        "points": 0,
        "balance": 10,
        "reason": "This eventId was recorded before, for something else.",
    }
    assert account_of(member).balance == 10


def test_an_activity_that_reaches_levels_names_the_highest(host, make_member):
    make_levels(bronze=0, silver=5, gold=10)
    make_member("mia")

    first = host.post(PATH, activity()).json()["data"]
    second = host.post(PATH, activity(eventId="e2")).json()["data"]

    assert first["level"] == "gold"
    assert "level" not in second


def test_an_activity_over_a_cap_is_recorded_and_says_why(host, member):
    make_action("ONCE", 10, once_per_member=True)
    host.post(PATH, activity(action="ONCE"))

    response = host.post(PATH, activity(action="ONCE", eventId="e2"))

    assert response.status_code == 201
    data = response.json()["data"]
    assert (data["status"], data["points"], data["balance"]) == ("capped", 0, 10)
    assert data["reason"] == "ONCE earns once per member."


@pytest.mark.parametrize(
    ("fields", "status", "balance"),
    [({"userId": "nobody"}, "unknown_member", None), ({"action": "DANCE"}, "unknown_action", 0)],
)
def test_who_or_what_is_unknown_is_answered_and_not_recorded(host, member, fields, status, balance):
    response = host.post(PATH, activity(**fields))

    data = response.json()["data"]
    assert (response.status_code, data["status"], data["balance"]) == (200, status, balance)
    assert not Activity.objects.exists()


def test_a_closed_account_is_an_unknown_member(host, member):
    close_account(member)

    response = host.post(PATH, activity())

    assert (response.status_code, response.json()["data"]["status"]) == (200, "unknown_member")


@pytest.mark.parametrize("metadata", [{}, {"amount": "12"}, {"amount": -1}, {"amount": 1e300}])
def test_a_number_an_action_needs_is_the_requests_error(host, member, metadata):
    make_action("BUY", 1, unit_field="amount")

    response = host.post(PATH, activity(action="BUY", metadata=metadata))

    body = response.json()
    assert (response.status_code, body["code"]) == (400, "validation_failed")
    assert body["message"].startswith("metadata.amount must be a number")
    assert body["details"] == [{"field": "metadata.amount", "message": body["message"]}]
    assert body["data"] == body["details"]
    assert not Activity.objects.exists()


@pytest.mark.parametrize("name", ["eventId", "userId", "action"])
@pytest.mark.parametrize("value", ["missing", None, "", "  ", 5, True, ["e1"], {"id": "e1"}])
def test_what_must_be_text_is_required_and_is_text(host, member, name, value):
    body = activity(**{name: value})
    if value == "missing":
        del body[name]

    assert problems(host.post(PATH, body)) == [name]


@pytest.mark.parametrize(
    ("name", "longest"), [("eventId", 128), ("userId", 64), ("action", 64), ("subjectId", 128)]
)
def test_a_text_has_a_longest_length(host, member, name, longest):
    assert problems(host.post(PATH, activity(**{name: "x" * (longest + 1)}))) == [name]

    response = host.post(PATH, activity(**{name: "x" * longest}))
    assert response.status_code in {200, 201}


def test_a_key_nobody_knows_is_named(host, member):
    response = host.post(PATH, activity(points=1_000, status="posted"))

    assert sorted(problems(response)) == ["points", "status"]


def test_every_fault_is_named_at_once(host, member):
    response = host.post(PATH, {"eventId": 5, "occurredAt": "yesterday", "metadata": []})

    assert sorted(problems(response)) == ["action", "eventId", "metadata", "occurredAt", "userId"]


@pytest.mark.parametrize("metadata", [None, [], "text", 5, True])
def test_metadata_is_an_object(host, member, metadata):
    assert problems(host.post(PATH, activity(metadata=metadata))) == ["metadata"]


@pytest.mark.parametrize(
    "metadata",
    [
        {f"key{n}": n for n in range(51)},
        {"text": "x" * 4_001},
        {"list": ["x" * 100] * 330},
        {"x" * 32_001: 1},
    ],
    ids=["keys", "text", "list", "key"],
)
def test_metadata_has_bounds(host, member, metadata):
    assert problems(host.post(PATH, activity(metadata=metadata))) == ["metadata"]


def test_metadata_within_its_bounds_comes_back_as_it_was(host, member):
    metadata = {f"key{n}": "ü" * 500 for n in range(40)} | {
        "mood": "très bien 🎉",
        "nested": {"list": [1, 2.5, None, False]},
    }

    assert host.post(PATH, activity(metadata=metadata)).status_code == 201

    assert Activity.objects.get().metadata == metadata
    assert PointTransaction.objects.get().metadata == metadata


def test_ids_may_be_any_text(host, make_member):
    response = host.post(
        PATH, activity(eventId="événement 🎉 / 1", subjectId="Ω\n\tπ"), format="json"
    )

    assert response.json()["data"]["eventId"] == "événement 🎉 / 1"


@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-03-10T12:00:00",
        "2026-03-10",
        "2026-02-30T12:00:00Z",
        "2026-03-10T25:00:00Z",
        "2026-03-10T12:00:00+25:00",
        "yesterday",
        "",
        None,
        1_773_144_000,
        True,
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
        "12026-03-10T12:00:00Z",
    ],
)
def test_an_instant_that_is_none_or_not_plausible_is_refused(host, member, occurred_at):
    assert problems(host.post(PATH, activity(occurredAt=occurred_at))) == ["occurredAt"]


def test_the_future_is_refused_beyond_what_clocks_may_differ_by(host, member):
    now = timezone.now()
    soon, later = now + timedelta(minutes=9), now + timedelta(minutes=11)

    assert problems(host.post(PATH, activity(occurredAt=later.isoformat()))) == ["occurredAt"]
    assert host.post(PATH, activity(occurredAt=soon.isoformat())).status_code == 201


def test_the_instant_is_kept_and_its_offset_tells_the_day(host, member):
    host.post(PATH, activity(occurredAt="2026-03-10T23:30:00+08:00"))
    host.post(PATH, activity(eventId="e2", occurredAt="2026-03-10T16:30:00Z"))

    first, second = Activity.objects.order_by("event_id")
    assert first.occurred_at == datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
    assert first.local_date.isoformat() == second.local_date.isoformat() == "2026-03-10"


def test_without_an_offset_of_its_own_the_members_zone_tells_the_day(host, make_member):
    make_member("mia", time_zone="Asia/Kuala_Lumpur")

    host.post(PATH, activity(occurredAt="2026-03-10T16:30:00Z"))

    assert Activity.objects.get().local_date.isoformat() == "2026-03-11"


def test_what_has_no_instant_happened_now(host, member):
    before = timezone.now()

    host.post(PATH, activity())

    recorded = Activity.objects.get()
    assert before <= recorded.occurred_at <= timezone.now()
    assert recorded.occurred_at == recorded.created_at


def test_many_are_answered_in_their_order_whatever_they_are_like(host, member, make_member):
    make_action("ONCE", 5, once_per_member=True)
    make_action("REST", 3, cooldown_seconds=3_600)
    make_action("BUY", 1, unit_field="amount")
    make_member("noa")
    items = [
        activity(eventId="a"),
        activity(eventId="a"),
        activity(eventId="b", action="ONCE", userId="noa"),
        activity(eventId="c", action="ONCE", userId="noa"),
        activity(eventId="d", action="REST"),
        activity(eventId="e", action="REST"),
        activity(eventId="f", action="DANCE"),
        activity(eventId="g", userId="nobody"),
        activity(eventId="h", action="BUY", metadata={"amount": "12"}),
        activity(eventId="i", action="BUY", metadata={"amount": 12}),
        {"eventId": "j", "surprise": 1},
        "not an object",
        None,
        activity(eventId=7),
    ]

    response = host.post(PATH, items)

    assert response.status_code == 201
    assert response.json()["message"] == "6 of 14 activities recorded"
    answers = response.json()["data"]
    assert [answer["status"] for answer in answers] == [
        "posted",
        "duplicate",
        "posted",
        "capped",
        "posted",
        "cooldown",
        "unknown_action",
        "unknown_member",
        "invalid",
        "posted",
        "invalid",
        "invalid",
        "invalid",
        "invalid",
    ]
    assert [answer["eventId"] for answer in answers] == [*"aabcdefghij", None, None, None]
    assert [answer["points"] for answer in answers] == [10, 0, 5, 0, 3, 0, 0, 0, 0, 12, 0, 0, 0, 0]
    assert "surprise: This field is not known here." in answers[10]["reason"]
    assert account_of(member).balance == 25


def test_when_none_of_many_is_recorded_it_is_not_created(host, member):
    response = host.post(PATH, [activity(action="DANCE"), {}])

    assert response.status_code == 200
    assert [answer["status"] for answer in response.json()["data"]] == [
        "unknown_action",
        "invalid",
    ]


def test_no_activity_at_all_is_refused(host):
    response = host.post(PATH, [])

    assert problems(response) == [None]
    assert response.json()["data"] == response.json()["details"]


def test_a_thousand_are_taken_and_one_more_is_refused(host, member):
    items = [activity(eventId=f"e{n}") for n in range(1_001)]

    refused = host.post(PATH, items)
    taken = host.post(PATH, items[:1_000])

    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")
    assert [fault["field"] for fault in refused.json()["details"]] == [None]
    assert (taken.status_code, len(taken.json()["data"])) == (201, 1_000)
    assert account_of(member).balance == 10_000


@pytest.mark.parametrize("body", ["5", "null", "true", '"text"', "{", "", "[[]]"])
def test_what_is_neither_an_object_nor_a_list_of_them_records_nothing(host, body):
    response = host.post(PATH, data=body, content_type="application/json")

    assert response.status_code in {200, 400}
    assert response.json()["success"] == (body == "[[]]")
    assert not Activity.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_report(
    host, make_member, django_assert_num_queries
):
    for name in ("mia", "noa", "ida"):
        make_member(name)
    host.post(PATH, activity(eventId="first"))

    for count in (1, 3):
        items = [
            activity(eventId=f"{count}-{n}", userId=name)
            for n, name in enumerate(["mia", "noa", "ida"][:count])
        ]
        with django_assert_num_queries(7):
            assert host.post(PATH, items).status_code == 201
