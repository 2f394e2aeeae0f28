"""What people need when the database has been migrated."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as current_apps
from django.apps.registry import Apps

from .groups import APP_LABELS, install_groups


def install_staff_groups(
    sender: AppConfig, *, using: str, apps: Apps = current_apps, **_: Any
) -> None:
    """Give the staff groups what they may do in the app that was migrated or emptied.

    Django makes an app's permissions just before, so after the last app the groups are complete.
    """
    if sender.label not in APP_LABELS:
        return
    try:
        install_groups(app_label=sender.label, apps=apps, using=using)
    except LookupError:
        return  # migrated back to before there were groups
