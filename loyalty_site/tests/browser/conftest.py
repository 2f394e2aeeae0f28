from loyalty_site.testing.browser import browser, open_page

__all__ = ["browser", "open_page"]
