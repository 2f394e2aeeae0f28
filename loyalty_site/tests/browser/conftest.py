import pytest

from loyalty_site.testing.browser import browser, open_page

__all__ = ["browser", "open_page"]


@pytest.fixture(autouse=True)
def nothing_cached(settings):
    """Keep the months of one test out of another's chart."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
