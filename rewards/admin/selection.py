"""What both lists share: a selection that makes no sense is refused with a sentence."""

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
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError:
            self.message_user(
                request, "The selection holds a row that is not there.", messages.ERROR
            )
            return None
        return super().response_action(request, queryset, *args)
