"""Finding the view of an address without trying every route that stands before it."""

from typing import Any

from django.urls import ResolverMatch, URLResolver
from django.urls.resolvers import RoutePattern


class KeptRoutes(URLResolver):
    """Routes that remember where addresses without parameters lead.

    The framework tries a hundred routes in turn. Of an address without parameters there is one for
    each route, so what is remembered stays small, whatever is asked for.
    """

    def __init__(self, patterns: list[Any]) -> None:
        super().__init__(RoutePattern("", is_endpoint=False), patterns)
        self._kept: dict[str, ResolverMatch] = {}

    def resolve(self, path: str) -> ResolverMatch:
        """Return what answers a path. Raises Resolver404."""
        kept = self._kept.get(path)
        if kept is not None:
            return kept
        found = super().resolve(path)
        if not found.args and not found.kwargs:
            self._kept[path] = found
        return found
