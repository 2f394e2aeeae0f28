"""Lists that are only read."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..templatetags.numbers import grouped


def number_column(name: str, *, label: str = "") -> Callable[[Any], str]:
    """Return a list's column that shows a whole number with its thousands apart."""

    @admin.display(description=label or name.replace("_", " "), ordering=name)
    def column(row: Any) -> str:
        return grouped(getattr(row, name))

    column.__name__ = name
    return column


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list to read: nothing is added, changed or deleted here, whoever asks."""

    # Counting an append-only table of millions for every page is what would make it slow.
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse; viewing stays a permission of its own."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
