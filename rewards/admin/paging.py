"""Pages of a list that may be long: counted only as far as anybody turns pages."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNTED_MAX = 10_000


class CappedPaginator(Paginator):
    """A paginator that stops counting, so that a long list costs what a short one does.

    `is_capped` says that there are more; whoever looks for those narrows the list down.
    """

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, COUNTED_MAX when there are more."""
        return min(self._count_one_more, COUNTED_MAX)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than are counted."""
        return self._count_one_more > COUNTED_MAX

    @cached_property
    def _count_one_more(self) -> int:
        # Unordered, so that counting reads an index and sorts nothing.
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED_MAX + 1].count())
