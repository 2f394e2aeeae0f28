"""The one subscription of a process: what the relay publishes, however often Redis goes away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ..messages import channel_name

logger = logging.getLogger(__name__)

CONNECT_SECONDS_MAX = 2
# A connection that is silent for so long is asked for a sign of life, and given up without one.
SILENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.2
PAUSE_SECONDS_MAX = 2.0


class Subscription:
    """Listens until it is cancelled, and comes back by itself.

    `on_message` is given each message as text and awaited before the next is read. `on_up` is
    called whenever listening begins, `on_down` whenever it ended or could not begin: what is
    published in between is not heard. `has_tried` is set once either has happened.
    """

    def __init__(
        self,
        *,
        on_message: Callable[[str], Awaitable[None]],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
    ) -> None:
        self._on_message = on_message
        self._on_up = on_up
        self._on_down = on_down
        self.is_up = False
        self.has_tried = asyncio.Event()

    async def run(self) -> None:
        """Subscribe, again and again."""
        pause = PAUSE_SECONDS
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                # Once, not with every try that follows.
                if self.is_up or not self.has_tried.is_set():
                    logger.warning("Live events come late: %s: %s", type(error).__name__, error)
            except Exception:
                logger.exception("Live events come late")
            if self.is_up:
                pause = PAUSE_SECONDS
            self.is_up = False
            self._on_down()
            self.has_tried.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)

    async def _listen(self) -> None:
        redis = Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=CONNECT_SECONDS_MAX,
            socket_timeout=None,
            # Coming back is our own business: whatever was missed has to be made up for.
            retry=Retry(NoBackoff(), 0),
        )
        async with redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(channel_name())
            is_asked = False
            while True:
                message = await pubsub.get_message(timeout=SILENCE_SECONDS)
                if message is None:
                    if is_asked:
                        raise TimeoutError("Redis has fallen silent.")
                    await pubsub.ping()
                    is_asked = True
                    continue
                is_asked = False
                if message["type"] == "subscribe":
                    if self.has_tried.is_set():
                        logger.warning("Live events come at once again.")
                    self.is_up = True
                    self._on_up()
                    self.has_tried.set()
                elif message["type"] == "message":
                    await self._hand_on(message["data"])

    async def _hand_on(self, data: bytes) -> None:
        try:
            await self._on_message(data.decode())
        except Exception:
            # One message that cannot be read must not end the hearing of all that follow.
            logger.exception("A message about live events was passed over")
