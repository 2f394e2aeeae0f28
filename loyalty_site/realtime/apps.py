"""Live events: the outbox, its relay and the sockets."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "loyalty_site.realtime"
    label = "realtime"
    verbose_name = "Live events"
