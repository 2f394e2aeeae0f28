"""Lists that staff may take away as CSV."""

from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from rest_framework.response import Response

from ..errors import Forbidden
from ..renderers import CsvRenderer, stream_csv
from .base import LoyaltyView

ROWS_PER_FETCH = 2_000
# A page in the envelope, or a file.
AnyResponse = Response | StreamingHttpResponse


class ExportableListView(LoyaltyView):
    """A list that `format=csv` sends whole, every page of it, to who has `export_permission`.

    `csv_columns` are keys of a row; `csv_name` is the file's name without its ending.
    """

    renderer_classes = [*LoyaltyView.renderer_classes, CsvRenderer]
    csv_columns: ClassVar[list[str]] = []
    csv_name = "export"
    export_permission = ""

    def check_export(self) -> None:
        """Refuse an export by who may only look. Call it before anything is looked up."""
        user: Any = self.request.user
        if self.wants_csv() and not user.has_perm(self.export_permission):
            raise Forbidden

    def wants_csv(self) -> bool:
        """Say whether the caller asked for the list as CSV."""
        return bool(self.request.accepted_renderer.format == CsvRenderer.format)

    def answer_list(self, queryset: Any, serializer_class: type, **extra: Any) -> AnyResponse:
        """Return one page, as `answer_page` does, or the whole list as CSV."""
        if not self.wants_csv():
            return self.answer_page(queryset, serializer_class, **extra)
        serializer = serializer_class(context=self.get_serializer_context())
        found = self.filter_queryset(queryset).iterator(chunk_size=ROWS_PER_FETCH)
        rows = (serializer.to_representation(row) for row in found)
        return stream_csv(
            self.request._request,  # noqa: SLF001 -- the plain request, which knows its server
            columns=self.csv_columns,
            rows=rows,
            name=self.csv_name,
        )
