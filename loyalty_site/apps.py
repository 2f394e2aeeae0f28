"""The site as a Django app, so that it can own commands, system checks and wiring."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "loyalty_site"
    verbose_name = "Loyalty site"

    def ready(self) -> None:
        # They register the system checks and the wiring between apps.
        from . import checks, receivers  # noqa: F401, PLC0415
