"""What a member has, kept for five minutes so that looking costs the database nothing.

For display only: no spend and no other decision asks here. Every posting drops what is kept of its
member once it has committed. A reader that looked before and keeps after would bring the old
figures back, so what is kept carries the mark it was read under, and a posting sets a new mark: it
counts only while both agree. Thousands who are posted to at once get one mark that counts for
everybody. Without Redis everything is read from the database.
"""

import logging
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from ..selectors import Holdings, get_holdings
from .forgetting import Forgetter

logger = logging.getLogger(__name__)

KEPT_SECONDS = 5 * 60
# Far longer than a slow reader may hold on to a mark that was replaced meanwhile.
MARK_SECONDS = 60 * 60
MARK_BITS = 63
# A mark for each takes Redis 2 µs: from so many on, to ask the database anew for all is less.
MARKS_MAX = 1_000
PAUSE_AFTER_FAILURE_SECONDS = 5.0
# One mark for all of them: it only has to be new. Their numbers come as one text: a key for each
# takes Python 3 µs.
SET_MARKS = """
for member_id in string.gmatch(ARGV[3], '%d+') do
    redis.call('SET', KEYS[1] .. member_id, ARGV[1], 'EX', ARGV[2])
end
"""

T = TypeVar("T")


class _Pause:
    """Until when this process does without Redis after a failure, so that nobody waits twice."""

    until = 0.0


def get_cached_holdings(*, member_id: int, now: datetime) -> Holdings:
    """Return a member's (primary key) holdings: no query while they are kept, else one.

    Points whose time has come are not among them, kept or not.
    """
    if _forgetter.is_due(member_id):
        return get_holdings(member_id=member_id, now=now)
    holdings_key = _holdings_key(member_id)
    mark_keys = [_mark_key(member_id), _mark_key("all")]
    found = _ask_redis(lambda: cache.get_many([holdings_key, *mark_keys]))
    marks = [(found or {}).get(key) for key in mark_keys]
    kept_under, kept = (found or {}).get(holdings_key, (None, None))
    if kept is not None and kept_under == marks:
        holdings = Holdings(**kept)
        if holdings.next_expiry_at is None or now < holdings.next_expiry_at:
            return holdings
    holdings = get_holdings(member_id=member_id, now=now)
    if found is not None:
        _ask_redis(lambda: cache.set(holdings_key, (marks, asdict(holdings)), KEPT_SECONDS))
    return holdings


def drop_cached_holdings_soon(*, member_ids: Collection[int]) -> None:
    """Forget what is kept of these members, within 50 ms; this process does so at once.

    Call it after the commit. Returns at once.
    """
    _forgetter.add(member_ids)


def drop_cached_holdings(*, member_ids: Collection[int]) -> None:
    """Forget what is kept of these members, in one round trip. Call it after the commit."""
    _ask_redis(lambda: _set_marks(member_ids))


def _set_marks(member_ids: Collection[int]) -> None:
    mark = secrets.randbits(MARK_BITS)
    if len(member_ids) > MARKS_MAX:
        cache.set(_mark_key("all"), mark, MARK_SECONDS)
        return
    # Django's cache runs no scripts, and would send two commands for each mark. It reads whole
    # numbers as they are.
    kept: dict[str, Any] = settings.CACHES["default"]
    marks: list[Any] = [mark, MARK_SECONDS, ",".join(map(str, member_ids))]
    _get_script(kept["LOCATION"])(keys=[cache.make_key(_mark_key())], args=marks)


@lru_cache(maxsize=1)
def _get_script(address: str) -> Script:
    kept: dict[str, Any] = settings.CACHES["default"]
    return Redis.from_url(address, **kept["OPTIONS"]).register_script(SET_MARKS)


def _holdings_key(member_id: int) -> str:
    return f"points:holdings:{member_id}"


def _mark_key(member_id: int | str = "") -> str:
    """Return the key of a member's mark, or of `all`; that of nobody is what they begin with."""
    return f"points:holdings-mark:{member_id}"


def _ask_redis(ask: Callable[[], T]) -> T | None:
    """Return what Redis says, None when it is away."""
    if time.monotonic() < _Pause.until:
        return None
    try:
        return ask()
    except (RedisError, OSError) as error:
        _Pause.until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        logger.warning("Balances are read from the database: %s", error)
        return None


_forgetter = Forgetter(lambda member_ids: drop_cached_holdings(member_ids=member_ids))
