"""What the views of this app share."""

from typing import Any

from points.views import LoyaltyView


class CatalogueView(LoyaltyView):
    """A view that shows single things in their documented shape."""

    def present(self, serializer_class: type, instance: Any) -> Any:
        """Return an instance in its documented shape."""
        return serializer_class(instance, context=self.get_serializer_context()).data
