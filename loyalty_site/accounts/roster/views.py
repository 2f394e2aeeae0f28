"""Announcing members, and listing people, over HTTP."""

from typing import ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import AnyResponse, ExportableListView, LoyaltyView

from ..models import Role
from .selectors import list_people, narrow_people
from .serializers import (
    AnnouncedSerializer,
    AnnouncementSerializer,
    PeopleFilterSerializer,
    PersonRowSerializer,
)
from .services import announce_member

VIEW_PERMISSION = "accounts.view_user"


class CreateUserView(LoyaltyView):
    """`POST /rewards/create-user`."""

    serializer_class = AnnouncementSerializer
    pagination_class = None
    required_permissions = {"POST": "accounts.add_user"}

    @extend_schema(
        summary="Announce a member",
        description="For hosts. The member gets an open account without points and cannot sign in "
        "here. The same announcement again answers 200 and changes nothing; an id that is taken is "
        "409 `user_id_taken`, an e-mail that is taken, in any case, 409 `email_taken`.",
        request=AnnouncementSerializer,
        responses={200: AnnouncedSerializer, 201: AnnouncedSerializer},
        examples=[
            OpenApiExample(
                "A member",
                request_only=True,
                value={"id": "john123", "name": "John Doe", "email": "john@example.com"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Make a member the host knows."""
        fields = self.validated(AnnouncementSerializer, request.data)
        announcement = announce_member(**fields, now=self.now)
        data = AnnouncedSerializer(announcement.member).data
        if announcement.is_new:
            return self.answer(data, message="Member created", status_code=status.HTTP_201_CREATED)
        return self.answer(data, message="This member was there before")


class PeopleView(ExportableListView):
    """`GET /rewards/admin/users`."""

    serializer_class = PersonRowSerializer
    required_permissions = {"GET": VIEW_PERMISSION}
    list_name = "users"
    # People are numbered as they join, and their numbers have an index.
    sort_fields: ClassVar[dict[str, str]] = {
        "createdAt": "pk",
        "name": "name",
        "lifetimePoints": "lifetime_points",
    }
    export_permission = VIEW_PERMISSION
    csv_columns = PersonRowSerializer.Meta.fields
    csv_name = "users"

    @extend_schema(
        summary="All people",
        description="`format=csv` sends the whole list instead of a page.",
        parameters=[
            OpenApiParameter("search", description="Within name, e-mail or user id, in any case."),
            OpenApiParameter("role", enum=Role.values),
            OpenApiParameter("isActive", OpenApiTypes.BOOL),
        ],
        responses={
            (200, "application/json"): PersonRowSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> AnyResponse:
        """List people with their points, newest first."""
        wanted = self.validated(PeopleFilterSerializer, request.query_params)
        return self.answer_list(
            narrow_people(list_people(now=self.now), wanted), PersonRowSerializer
        )
