"""The site as a Django app, so that it can own commands and system checks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "loyalty_site"
    verbose_name = "Loyalty site"

    def ready(self) -> None:
        from . import checks  # noqa: F401, PLC0415 -- registers the system checks
