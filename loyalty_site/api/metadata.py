"""What OPTIONS answers."""

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request

from .renderers import EnvelopeRenderer


class MethodsMetadata(BaseMetadata):
    """The methods a path takes; the OpenAPI document says everything else."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        """Return the methods, as JSON even where a list can be a file."""
        request.accepted_renderer = EnvelopeRenderer()
        request.accepted_media_type = EnvelopeRenderer.media_type
        return {"methods": view.allowed_methods}
