"""`manage.py outbox`: what waits, what a member was told, publishing it again."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from loyalty_site.realtime.models import OutboxEvent

from .conftest import connected, in_thread, names, receive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def outbox(capsys):
    """Return a function that runs the command and gives its lines: `outbox("status")`."""

    def run(*arguments):
        call_command("outbox", *arguments)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def told(member, tell, relay):
    """Two events that were sent, one of the staff room, and one that waits."""
    tell(member, "a", "b")
    tell(None, "redemption-requested")
    relay()
    tell(member, "a")
    waiting = timezone.now() - timedelta(seconds=90)
    OutboxEvent.objects.filter(published_at=None).update(created_at=waiting)


def test_status_counts_what_waits_and_what_was_sent(told, outbox):
    [line] = outbox("status", "--json")
    status = json.loads(line)
    assert (status["waiting"], status["sent"], status["keptDays"]) == (1, 3, 30)
    assert 90 <= status["oldestWaitingSeconds"] < 150
    assert [(one["event"], one["waiting"], one["sent"]) for one in status["events"]] == [
        ("a", 1, 1),
        ("b", 0, 1),
        ("redemption-requested", 0, 1),
    ]
    assert outbox("status")[0].startswith("waiting    1, the oldest for 9")


def test_status_of_an_empty_outbox_and_without_redis(db, outbox, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    [line] = outbox("status", "--json")
    status = json.loads(line)
    assert (status["oldestWaitingSeconds"], status["processes"], status["events"]) == (
        None,
        None,
        [],
    )
    assert outbox("status")[2] == "processes  Redis does not answer"


async def test_status_counts_the_processes_with_sockets(member, outbox):
    async with connected(member):
        [line] = await in_thread(outbox, "status", "--json")
    assert json.loads(line)["processes"] == 1


def test_show_prints_a_members_events_with_their_data(told, outbox):
    lines = outbox("show", "--member", "mia", "--from-seq", "2")
    assert [line.split()[0] for line in lines] == ["2", "3"]
    assert "waiting" in lines[1]
    assert '"userId": "mia"' in lines[1]
    [line] = outbox("show", "--staff", "--json")
    assert json.loads(line)["event"] == "redemption-requested"
    assert [line.split()[0] for line in outbox("show", "--member", "mia", "--limit", "1")] == ["3"]


async def test_replaying_reaches_sockets_that_lack_it_and_no_others(told, member, outbox):
    async with connected(member) as socket:
        assert await in_thread(outbox, "replay", "--member", "mia") == ["3 events published."]
        assert await socket.receive_nothing(0.2)


async def test_replaying_what_waits_does_the_relays_work(told, member, tell, outbox):
    async with connected(member) as socket:
        await in_thread(tell, member, "c")
        [line] = await in_thread(outbox, "replay", "--waiting", "--json")
        assert json.loads(line) == {"dryRun": False, "events": 2}
        assert names(await receive(socket, 1)) == [(4, "c")]
    assert not await in_thread(OutboxEvent.objects.filter(published_at=None).exists)


def test_a_dry_run_changes_nothing(told, outbox, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    before = list(OutboxEvent.objects.order_by("id").values())
    assert outbox("replay", "--member", "mia", "--from-seq", "2", "--to", "2", "--dry-run") == [
        "1 event would be published."
    ]
    assert outbox("replay", "--waiting", "--dry-run") == ["1 event would be published."]
    settings.LOYALTY_EVENTS_KEPT_DAYS = -1
    assert outbox("prune", "--dry-run") == ["3 events would be forgotten."]
    assert list(OutboxEvent.objects.order_by("id").values()) == before
    assert outbox("prune", "--json") == ['{"dryRun": false, "events": 3}']


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "--member", "nobody"], "There is no member 'nobody'"),
        (["replay", "--member", "mia", "--from-seq", "0"], "Numbers begin at 1"),
        (["replay", "--member", "mia", "--from-seq", "3", "--to", "2"], "Numbers begin at 1"),
        (["replay", "--staff", "--to", "2"], "have no numbers"),
        (["replay", "--waiting", "--to", "2"], "give --member"),
        (["show", "--staff", "--limit", "0"], "--limit"),
        (["show"], "required"),
        ([], "required"),
    ],
)
def test_what_makes_no_sense_is_refused(told, outbox, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        outbox(*arguments)


def test_without_redis_replaying_says_so(told, outbox, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(CommandError, match="Redis does not answer"):
        outbox("replay", "--member", "mia")
