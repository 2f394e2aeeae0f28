"""The catalogue of rewards and what members redeemed from it."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """The app as Django knows it."""

    name = "rewards"
    verbose_name = "Rewards"

    def ready(self) -> None:
        """Add the catalogue's part to the audit."""
        from points.services.audit import register_passes  # noqa: PLC0415 -- app ready

        from .services.audit import PASSES  # noqa: PLC0415 -- app ready

        register_passes(*PASSES)
