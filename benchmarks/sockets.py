"""Live events of a thousand sockets on one server process, against a hub that only passes them on.

Both are served by uvicorn, hear the same messages over the same Redis and have the same listeners.
Ours knows who listens, numbers what it sends, drops repeats, keeps to a bound for slow readers and
looks after sessions meanwhile.
"""

import itertools
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone
from redis import Redis

from loyalty_site.accounts.models import User
from loyalty_site.realtime.messages import channel_name, encode_events
from loyalty_site.realtime.models import OutboxEvent

from .databases import work_in_new_database
from .http import sign_in
from .listeners import Address, Listeners, listen
from .processes import ROOT
from .rounds import Ratio, Unit, compare
from .scene import make_members

SOCKETS = 1_000
# Staff have twenty sockets each, as many as one person may.
STAFF = 50
SOCKETS_PER_PERSON = 20
# Of each round: how many events each socket gets, and over how long when it is not all at once.
BURST = 40
PACED_SECONDS = 4
PACED_MESSAGES_PER_SECOND = 20
EVENTS_PER_PACED_MESSAGE = 50
BROADCASTS_PER_SECOND = 2
START_SECONDS_MAX = 60
DATA = {
    "balance": 320,
    "lifetimePoints": 4_120,
    "change": 20,
    "type": "earn",
    "description": "Attended an event",
    "transactionId": "184467",
}


@dataclass
class Side:
    """One of the two servers with its listeners; `rooms` are the members who listen."""

    channel: str
    listeners: Listeners
    rooms: Sequence[int | None]
    sockets_per_room: int
    numbers: Counter[int | None] = field(default_factory=Counter)

    def number(self, room: int | None) -> int:
        """Return the number of a room's next event."""
        self.numbers[room] += 1
        return self.numbers[room]


def measure_sockets(*, rounds: int) -> Iterator[Ratio]:
    """Events of members' own rooms, then of the staff room: as fast as it goes, and paced."""
    allow_sockets(2 * SOCKETS)
    with work_in_new_database("benchmark_sockets"):
        make_members(SOCKETS)
        members = list(User.objects.filter(public_id__startswith="m").order_by("pk")[:SOCKETS])
        yield from measure_rooms("members' own rooms", members, rounds=rounds)
        staff = members[:STAFF]
        User.objects.filter(pk__in=[one.pk for one in staff]).update(
            is_staff=True, is_superuser=True
        )
        yield from measure_rooms("the staff room", staff * SOCKETS_PER_PERSON, rounds=rounds)


def measure_rooms(where: str, people: Sequence[User], *, rounds: int) -> Iterator[Ratio]:
    """Open both sides' sockets for these people, one each, and compare the two."""
    is_staff = people[0] != people[-1] and len(set(people)) < len(people)
    rooms: list[int | None] = [None] if is_staff else [person.pk for person in people]
    per_room = SOCKETS // len(rooms)
    tokens = {person.pk: sign_in(person) for person in people}
    with ExitStack() as stack:
        ours, theirs = [
            Side(
                channel=channel,
                listeners=stack.enter_context(listen(list_addresses(port, people, tokens, rooms))),
                rooms=rooms,
                sockets_per_room=per_room,
            )
            for channel, port in (
                (channel_name(), stack.enter_context(serve("loyalty_site.asgi:application"))),
                ("bare", stack.enter_context(serve("benchmarks.bare_hub:application"))),
            )
        ]
        for side in (ours, theirs):
            send_burst(side)
        yield compare(
            work=f"{SOCKETS:,} sockets on one process, events of {where}",
            limit="a bare ASGI hub",
            ours=lambda: send_burst(ours),
            theirs=lambda: send_burst(theirs),
            wanted=0.5,
            rounds=rounds,
        )
        yield compare(
            work=f"the same at {count_paced(ours):,} frames a second: the slowest hundredth",
            limit="a bare ASGI hub",
            ours=lambda: send_paced(ours),
            theirs=lambda: send_paced(theirs),
            wanted=3,
            rounds=rounds,
            unit=Unit.MILLISECONDS,
        )


def list_addresses(
    port: int, people: Sequence[User], tokens: dict[int, str], rooms: Sequence[int | None]
) -> list[Address]:
    """Return where the sockets connect; ours finds the room by the token, the bare hub is told."""
    return [
        Address(
            port=port,
            query=f"room={'staff' if rooms == [None] else person.pk}",
            token=tokens[person.pk],
        )
        for person in people
    ]


def send_burst(side: Side) -> float:
    """Publish BURST events for each socket at once; return the frames a second that arrived."""
    messages = [encode_message(side, side.rooms) for _ in range(BURST)]
    frames = BURST * SOCKETS
    side.listeners.expect(frames)
    started = time.monotonic()
    with Redis.from_url(settings.REDIS_URL) as redis:
        for message in messages:
            redis.publish(side.channel, message)
    return frames / (side.listeners.wait().finished_at - started)


def send_paced(side: Side) -> float:
    """Publish some events at a time, evenly; return the milliseconds 99 of 100 frames need."""
    rooms = itertools.cycle(side.rooms)
    size, per_second = shape_of_pace(side)
    count = PACED_SECONDS * per_second
    side.listeners.expect(count * size * side.sockets_per_room)
    started = time.monotonic()
    with Redis.from_url(settings.REDIS_URL) as redis:
        for number in range(count):
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))
            redis.publish(side.channel, encode_message(side, list(itertools.islice(rooms, size))))
    delays = side.listeners.wait().delays
    return statistics.quantiles(delays, n=100)[98] * 1_000


def shape_of_pace(side: Side) -> tuple[int, int]:
    """Return how many events are published together, and how often a second."""
    if side.sockets_per_room == 1:
        return EVENTS_PER_PACED_MESSAGE, PACED_MESSAGES_PER_SECOND
    return 1, BROADCASTS_PER_SECOND


def count_paced(side: Side) -> int:
    """Return how many frames a second are sent when paced."""
    size, per_second = shape_of_pace(side)
    return size * per_second * side.sockets_per_room


def encode_message(side: Side, rooms: Sequence[int | None]) -> str:
    """Return a message with one event for each of these rooms, written by the site's own hand.

    The numbers of a room follow each other, or ours would look for what lies between.
    """
    now = timezone.now()
    data = DATA | {"sentAt": time.monotonic()}
    return encode_events(
        OutboxEvent(
            member_id=room,
            seq=side.number(room),
            event="pointsUpdated",
            data=data,
            event_id=uuid.uuid4(),
            created_at=now,
        )
        for room in rooms
    )


@contextmanager
def serve(application: str) -> Iterator[int]:
    """Run an application under uvicorn in a process of its own and yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [
            sys.executable,
            *command,
            "--log-level",
            "warning",
            "--no-access-log",
            "--lifespan",
            "off",
        ],
        cwd=ROOT,
        env=os.environ | {"BENCHMARK_CHANNEL": "bare", "DATABASE_POOL_SIZE": "8"},
    )
    try:
        wait_for_port(port, process.poll)
        yield port
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int, has_ended: Callable[[], int | None]) -> None:
    """Return when somebody listens there; raise RuntimeError when nobody will."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and has_ended() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The server did not start.")


def allow_sockets(count: int) -> None:
    """Raise this process's limit of open files, and so its children's, as far as it may go."""
    spare = 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + spare
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RuntimeError(f"{count} sockets need {wanted} open files; the limit is {hard}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
