import pytest

from loyalty_site.testing.browser import browser, live_site, open_live_page, open_page

__all__ = ["browser", "live_site", "open_live_page", "open_page"]


@pytest.fixture(autouse=True)
def nothing_cached(settings):
    """Keep the months of one test out of another's chart."""
    backend = "django.core.cache.backends.dummy.DummyCache"
    settings.CACHES = {"default": {**settings.CACHES["default"], "BACKEND": backend}}
