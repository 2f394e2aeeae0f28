"""Which form an answer takes: the `Accept` header, or `format` in the query."""

from collections.abc import Iterable

from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer


class FormatNegotiation(DefaultContentNegotiation):
    """The framework's choice, with a 400 that lists the formats where it would find nothing."""

    def filter_renderers(
        self,
        renderers: Iterable[BaseRenderer],
        format: str | None,  # noqa: A002 -- the framework's name for it
    ) -> list[BaseRenderer]:
        """Return the renderers of a format."""
        renderers = list(renderers)
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            known = ", ".join(dict.fromkeys(str(renderer.format) for renderer in renderers))
            raise ValidationError({"format": [f"Must be one of: {known}."]})
        return found
