"""Counting requests: at most so many within any stretch of so many seconds.

Redis counts for all processes, each hit in one atomic step. While Redis is away every process
counts by itself, so that a limit grows with the number of processes but never falls away.
"""

import logging
import threading
from dataclasses import dataclass
from time import monotonic, time

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

REDIS_PATIENCE_SECONDS = 0.1
# After a failure Redis is left alone for so long; then one request tries it again.
PAUSE_SECONDS = 5.0
KEY_PREFIX = "rate"


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
        storage = RedisStorage(
            address,
            key_prefix=KEY_PREFIX,
            socket_timeout=REDIS_PATIENCE_SECONDS,
            socket_connect_timeout=REDIS_PATIENCE_SECONDS,
            # The client's own three attempts with pauses would be seconds.
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # passed on to the client
        )
        self._shared = MovingWindowRateLimiter(storage)
        self._own: MovingWindowRateLimiter | None = None
        self._away_until = 0.0
        self._turn = threading.Lock()

    def hit(self, *names: str, limit: int, window_seconds: int) -> Verdict:
        """Count one request under these names, unless `limit` of them passed already."""
        item = RateLimitItemPerSecond(limit, window_seconds)
        if self._may_ask_redis():
            try:
                verdict = count(self._shared, item, names)
            except (RedisError, OSError) as error:
                self._leave_redis(error)
            else:
                self._return_to_redis()
                return verdict
        return self._hit_own(item, names)

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

    def _hit_own(self, item: RateLimitItemPerSecond, names: tuple[str, ...]) -> Verdict:
        # The storage's own locks come and go with its keys; ours makes a hit one step.
        with self._turn:
            if self._own is None:
                self._own = MovingWindowRateLimiter(MemoryStorage())
            return count(self._own, item, names)


def count(limiter: RateLimiter, item: RateLimitItemPerSecond, names: tuple[str, ...]) -> Verdict:
    """Hit, and look at what is left."""
    passes = limiter.hit(item, *names)
    reset_at, remaining = limiter.get_window_stats(item, *names)
    return Verdict(
        passes=passes,
        limit=item.amount,
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
