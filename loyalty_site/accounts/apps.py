"""People: members, staff, sign-in and tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people's app."""

    name = "loyalty_site.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Connect the receivers."""
        from . import receivers  # noqa: F401, PLC0415 -- connects the receivers
