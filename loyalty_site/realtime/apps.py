"""Live events: the outbox, its relay and the sockets."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "loyalty_site.realtime"
    label = "realtime"
    verbose_name = "Live events"

    def ready(self) -> None:
        """Connect the event catalogue, and keep tokens out of the logs."""
        from . import receivers  # noqa: F401, PLC0415 -- models are loaded now
        from .logs import hide_tokens  # noqa: PLC0415

        hide_tokens()
