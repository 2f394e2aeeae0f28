"""Measures of what members do, the badges they lead to, leaderboards and dashboards."""

from django.apps import AppConfig


class GamificationConfig(AppConfig):
    """The measuring and rewarding app."""

    name = "gamification"
    verbose_name = "Gamification"

    def ready(self) -> None:
        """Wire the receivers, and add this app's part to the audit."""
        from points.services.audit import register_passes  # noqa: PLC0415 -- app ready

        from . import receivers  # noqa: F401, PLC0415 -- they connect themselves
        from .services.audit import PASSES  # noqa: PLC0415 -- app ready
        from .services.award_audit import AWARD_PASSES  # noqa: PLC0415 -- app ready

        register_passes(*PASSES, *AWARD_PASSES)
