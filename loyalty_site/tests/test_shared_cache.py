"""A process looks at its cache through one client, whichever request or thread asks."""

import threading
from contextvars import Context

from django.conf import settings
from django.core.cache import cache
from redis import Redis


def count_connections():
    with Redis.from_url(settings.REDIS_URL) as redis:
        return redis.info("stats")["total_connections_received"]


def test_each_request_has_a_cache_of_its_own_and_none_a_connection():
    cache.set("shared", "yes")
    before = count_connections()
    # The cache is found inside, as a request finds it.
    looks = [Context().run(lambda: cache.get("shared")) for _ in range(20)]
    assert looks == ["yes"] * 20
    # This very question is the only one that connected.
    assert count_connections() == before + 1


def test_threads_ask_at_the_same_time():
    found = []

    def ask(number):
        cache.set(f"shared:{number}", number)
        found.append(cache.get(f"shared:{number}") == number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8
