"""The ledger: accounts, transactions, lots, actions, activities and levels."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PointsConfig(AppConfig):
    name = "points"
    verbose_name = "Points"

    def ready(self) -> None:
        from . import receivers  # noqa: PLC0415 -- app ready
        from .services.audit import passes, register_passes  # noqa: PLC0415 -- app ready

        post_migrate.connect(
            receivers.disarm_trigger_bypass,
            sender=self,
            dispatch_uid="points.disarm_trigger_bypass",
        )
        register_passes(*passes.PASSES)
