import pytest


@pytest.fixture(autouse=True)
def cache_of_its_own(settings):
    """Give each test an empty cache: one test's months are not another's."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    from django.core.cache import cache  # noqa: PLC0415 -- after the settings

    cache.clear()
