"""The catalogue of rewards, what members redeemed from it, and what they buy elsewhere."""

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """The app as Django knows it."""

    name = "rewards"
    verbose_name = "Rewards"

    def ready(self) -> None:
        """Add this app's part to the audit."""
        from points.services.audit import register_passes  # noqa: PLC0415 -- app ready

        from .services import audit, option_audit, purchase_audit  # noqa: PLC0415 -- app ready

        register_passes(*audit.PASSES, *option_audit.PASSES, *purchase_audit.PASSES)
