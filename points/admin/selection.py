"""Lists that act on several rows: a selection that makes no sense is refused with a sentence."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse


class CheckedSelectionAdmin(ModelAdmin):
    """A list whose bulk actions survive rows that cannot exist."""

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        """Check the selected keys before the database sees them."""
        if not all(self.is_key(text) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.message_user(
                request, "The selection holds a row that is not there.", messages.ERROR
            )
            return None
        return super().response_action(request, queryset, *args)

    def is_key(self, text: str) -> bool:
        """Answer whether a row can have this key."""
        field = self.opts.pk
        try:
            key = field.to_python(text)
            field.run_validators(key)
        except ValidationError:
            return False
        return not isinstance(key, int) or key > 0
