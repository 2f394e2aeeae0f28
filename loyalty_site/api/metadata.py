"""What OPTIONS answers."""

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request


class MethodsMetadata(BaseMetadata):
    """The methods a path takes; the OpenAPI document says everything else."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        """Return the methods."""
        return {"methods": view.allowed_methods}
