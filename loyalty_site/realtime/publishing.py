"""Handing events to the processes that hold sockets, from any thread."""

import functools
from collections.abc import Iterable, Sequence
from typing import cast

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .messages import channel_name, encode_events, encode_look
from .models import OutboxEvent

# So many events travel as one message: far below what Redis lets a subscriber fall behind.
EVENTS_PER_MESSAGE = 250
PUBLISH_SECONDS_MAX = 5
# Somebody who changes a password waits for this.
LOOK_SECONDS_MAX = 1


def publish_events(events: Sequence[OutboxEvent]) -> None:
    """Publish events to every process that holds sockets, in the order given.

    Raises what Redis raises, also when it does not answer in time.
    """
    starts = range(0, len(events), EVENTS_PER_MESSAGE)
    pages = [events[start : start + EVENTS_PER_MESSAGE] for start in starts]
    with _connect(settings.REDIS_URL, PUBLISH_SECONDS_MAX).pipeline(transaction=False) as pipeline:
        for page in pages:
            pipeline.publish(channel_name(), encode_events(page))
        pipeline.execute()


def ask_sockets_again(*, member_ids: Iterable[int]) -> None:
    """Have the members' sockets look at once whether their tokens are still good.

    Raises what Redis raises, also when it does not answer in time: the sockets find out by
    themselves a little later.
    """
    redis = _connect(settings.REDIS_URL, LOOK_SECONDS_MAX)
    redis.publish(channel_name(), encode_look(member_ids))


def count_listeners() -> int:
    """Return how many processes with sockets listen now. Raises what Redis raises."""
    redis = _connect(settings.REDIS_URL, LOOK_SECONDS_MAX)
    [(_, count)] = cast("list[tuple[bytes, int]]", redis.pubsub_numsub(channel_name()))
    return count


@functools.cache
def _connect(address: str, seconds_max: int) -> Redis:
    """Return a client that keeps its connections, and tries once more when one went stale."""
    return Redis.from_url(
        address,
        socket_timeout=seconds_max,
        socket_connect_timeout=seconds_max,
        retry=Retry(NoBackoff(), 1),
    )
