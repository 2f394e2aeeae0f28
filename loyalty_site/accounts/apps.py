"""People: members, staff, sign-in and tokens."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """The people's app."""

    name = "loyalty_site.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Connect the receivers, register the checks and describe the sign-in to the documents."""
        from . import checks, schema  # noqa: F401, PLC0415 -- they register themselves
        from .receivers import install_staff_groups  # noqa: PLC0415 -- models are not ready above

        post_migrate.connect(install_staff_groups, dispatch_uid="accounts.install_staff_groups")
