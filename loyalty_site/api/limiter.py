"""Counting requests: at most so many within any stretch of so many seconds.

Redis counts for all processes, each hit in one atomic step and one round trip. While Redis is away
every process counts by itself, so that a limit grows with the number of processes but never falls
away.
"""

import logging
import threading
from dataclasses import dataclass
from time import monotonic, time

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

REDIS_PATIENCE_SECONDS = 0.1
# After a failure Redis is left alone for so long; then one request tries it again.
PAUSE_SECONDS = 5.0
KEY_PREFIX = "rate"

# A list holds the instants of the hits that passed, oldest first, in milliseconds of Redis's own
# clock: those of the processes may differ. A hit drops what left the window since the last one,
# so its cost does not grow with the limit. Answers with whether the hit passed, how many count
# and the milliseconds until one more may pass.
HIT = """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest = tonumber(redis.call('LINDEX', KEYS[1], 0))
while oldest and oldest <= now - window do
    redis.call('LPOP', KEYS[1])
    oldest = tonumber(redis.call('LINDEX', KEYS[1], 0))
end
local count = redis.call('LLEN', KEYS[1])
local passes = count < limit
if passes then
    redis.call('RPUSH', KEYS[1], now)
    redis.call('PEXPIRE', KEYS[1], window)
    count = count + 1
elseif count > limit then -- it was lowered: more than one has to leave
    oldest = tonumber(redis.call('LINDEX', KEYS[1], count - limit))
end
return {passes and 1 or 0, count, (oldest or now) + window - now}
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a request passes, how many more may follow and in how many seconds one more may."""

    passes: bool
    limit: int
    remaining: int
    reset_seconds: float


class Limiter:
    """Counts hits under names. Safe to use from many threads."""

    def __init__(self, address: str) -> None:
        redis: Redis = Redis.from_url(
            address,
            socket_timeout=REDIS_PATIENCE_SECONDS,
            socket_connect_timeout=REDIS_PATIENCE_SECONDS,
            # The client's own three attempts with pauses would be seconds.
            retry=Retry(NoBackoff(), 0),
        )
        self._key_prefix = KEY_PREFIX
        self._script = redis.register_script(HIT)
        self._own: MovingWindowRateLimiter | None = None
        self._away_until = 0.0
        self._turn = threading.Lock()

    def hit(self, *names: str, limit: int, window_seconds: int) -> Verdict:
        """Count one request under these names, unless `limit` of them passed already."""
        if self._may_ask_redis():
            try:
                verdict = self._hit_shared(names, limit, window_seconds)
            except (RedisError, OSError) as error:
                self._leave_redis(error)
            else:
                self._return_to_redis()
                return verdict
        return self._hit_own(names, limit, window_seconds)

    def _hit_shared(self, names: tuple[str, ...], limit: int, window_seconds: int) -> Verdict:
        key = ":".join((self._key_prefix, *names))
        passes, count, reset = self._script(keys=[key], args=[limit, window_seconds * 1_000])
        return Verdict(
            passes=bool(passes),
            limit=limit,
            remaining=max(0, limit - count),
            reset_seconds=reset / 1_000,
        )

    def _may_ask_redis(self) -> bool:
        """Say whether to try Redis. Of those who come after a pause, only the first one does."""
        if not self._away_until:
            return True
        with self._turn:
            if monotonic() < self._away_until:
                return False
            self._away_until = monotonic() + PAUSE_SECONDS
            return True

    def _leave_redis(self, error: Exception) -> None:
        if not self._away_until:
            logger.warning("Requests are counted by each process: %s", type(error).__name__)
        self._away_until = monotonic() + PAUSE_SECONDS

    def _return_to_redis(self) -> None:
        if self._away_until:
            logger.warning("Requests are counted in Redis again.")
            self._away_until, self._own = 0.0, None

    def _hit_own(self, names: tuple[str, ...], limit: int, window_seconds: int) -> Verdict:
        item = RateLimitItemPerSecond(limit, window_seconds)
        # The storage's own locks come and go with its keys; ours makes a hit one step.
        with self._turn:
            if self._own is None:
                self._own = MovingWindowRateLimiter(MemoryStorage())
            passes = self._own.hit(item, *names)
            reset_at, remaining = self._own.get_window_stats(item, *names)
        return Verdict(
            passes=passes,
            limit=limit,
            remaining=max(0, remaining),
            reset_seconds=max(0.0, reset_at - time()),
        )


_limiters: dict[str, Limiter] = {}


def get_limiter() -> Limiter:
    """Return this process's limiter."""
    address = settings.REDIS_URL
    if address not in _limiters:
        _limiters.setdefault(address, Limiter(address))
    return _limiters[address]
