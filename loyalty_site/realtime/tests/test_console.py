"""The outbox in the console: to read, what waits first."""

import pytest
from django.urls import reverse

from loyalty_site.realtime.models import OutboxEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(client, make_staff):
    client.force_login(make_staff("ann"))
    return client


@pytest.mark.parametrize("count", [1, 3])
def test_events_that_wait_stand_first(admin, member, tell, now, django_assert_num_queries, count):
    tell(member, *["a"] * count, "published")
    OutboxEvent.objects.filter(event="published").update(published_at=now)
    admin.get(reverse("admin:index"))
    with django_assert_num_queries(7):
        answer = admin.get(reverse("admin:realtime_outboxevent_changelist"))
    events = [event.event for event in answer.context["cl"].result_list]
    assert events == ["a"] * count + ["published"]


@pytest.mark.parametrize(("state", "expected"), [("pending", ["a"]), ("published", ["b"])])
def test_events_can_be_filtered_by_state(admin, member, tell, now, state, expected):
    tell(member, "a", "b")
    OutboxEvent.objects.filter(event="b").update(published_at=now)
    answer = admin.get(reverse("admin:realtime_outboxevent_changelist"), {"state": state})
    assert [event.event for event in answer.context["cl"].result_list] == expected


def test_nobody_writes_events_by_hand(admin, member, tell):
    tell(member, "a")
    pk = OutboxEvent.objects.get().pk
    assert admin.get(reverse("admin:realtime_outboxevent_add")).status_code == 403
    assert admin.post(reverse("admin:realtime_outboxevent_delete", args=[pk])).status_code == 403
    change = reverse("admin:realtime_outboxevent_change", args=[pk])
    assert admin.get(change).status_code == 200
    assert admin.post(change, {"event": "b"}).status_code == 403
    assert OutboxEvent.objects.get().event == "a"
