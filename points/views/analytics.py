"""How points are distributed, for staff."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..renderers import CsvRenderer
from ..serializers import DistributionQuerySerializer, DistributionSerializer
from ..services.analytics import Distribution, get_distribution
from .base import LoyaltyView
from .transactions import DATE_PARAMETERS, VIEW_PERMISSION


class DistributionView(LoyaltyView):
    """`GET /analytics/rewards-distribution`."""

    serializer_class = DistributionSerializer
    pagination_class = None
    required_permissions = {"GET": VIEW_PERMISSION}
    renderer_classes = [*LoyaltyView.renderer_classes, CsvRenderer]
    csv_columns = ["date", "type", "category", "transactions", "points"]

    @extend_schema(
        summary="How points are distributed",
        description="Without dates the last 30 days; a year at most. The CSV has a line for each "
        "day, type and category.",
        parameters=DATE_PARAMETERS,
        responses={
            (200, "application/json"): DistributionSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> Response:
        """Show what was posted by category, type and day, and the members of each level."""
        stretch = self.validated(DistributionQuerySerializer, request.query_params)
        distribution = get_distribution(**stretch)
        if request.accepted_renderer.format == CsvRenderer.format:
            response = self.answer(distribution)
            response["Content-Disposition"] = 'attachment; filename="distribution.csv"'
            return response
        return self.answer(DistributionSerializer(distribution).data)

    def list_csv_rows(self, distribution: Distribution) -> Iterator[dict[str, Any]]:
        """Yield the finest sums there are."""
        for cell in distribution.cells:
            yield {
                "date": cell.day,
                "type": cell.type,
                "category": cell.category,
                "transactions": cell.transactions,
                "points": cell.points,
            }
