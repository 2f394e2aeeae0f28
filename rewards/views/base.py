"""What the views of this app share."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property

from points.views import LoyaltyView


class CatalogueView(LoyaltyView):
    """A view with one clock for the whole request."""

    @cached_property
    def now(self) -> datetime:
        """The instant of the request."""
        return timezone.now()

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell serializers the time."""
        return {**super().get_serializer_context(), "now": self.now}

    def present(self, serializer_class: type, instance: Any) -> Any:
        """Return an instance in its documented shape."""
        return serializer_class(instance, context=self.get_serializer_context()).data
