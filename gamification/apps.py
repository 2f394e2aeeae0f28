"""Measures of what members do, the badges they lead to, leaderboards and dashboards."""

from django.apps import AppConfig


class GamificationConfig(AppConfig):
    """The measuring and rewarding app."""

    name = "gamification"
    verbose_name = "Gamification"
