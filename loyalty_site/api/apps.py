"""The edge of the API: envelope, parsers, limits, repeatable writes, health."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "loyalty_site.api"
    label = "api"
    verbose_name = "API"
