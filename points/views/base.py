"""The base of every view of the platform."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class HasRequiredPermission(BasePermission):
    """Signed in and, when the view names a Django permission, holding it.

    Decided before anything is looked up, so a refusal says nothing about what exists.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view."""
        if not request.user.is_authenticated:
            return False
        names: dict[str, str] = getattr(view, "required_permissions", {})
        name = names.get(request.method or "", "")
        return not name or request.user.has_perm(name)


class LoyaltyView(GenericAPIView):
    """A view that states who may call it and how its lists and refusals look.

    `required_permissions` maps an HTTP method to a Django permission, `list_name` is the key a
    page of results stands under in `data`, `error_statuses` maps an error's `code` to the status
    this view's document gives it.
    """

    permission_classes = [HasRequiredPermission]
    required_permissions: ClassVar[dict[str, str]] = {}
    list_name: str = "results"
    error_statuses: ClassVar[dict[str, int]] = {}

    @cached_property
    def now(self) -> datetime:
        """The instant this request is judged by; validators find it in their context."""
        return timezone.now()

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the instant."""
        return {**super().get_serializer_context(), "now": self.now}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the caller in, and put the site's guard around a method that writes.

        LOYALTY_WRITE_GUARD names a function of the view and its method that returns the method
        to call instead; so no write can forget to be repeatable.
        """
        super().initial(request, *args, **kwargs)
        name = (request.method or "").lower()
        if request.method not in SAFE_METHODS and name in self.http_method_names:
            guard = import_string(settings.LOYALTY_WRITE_GUARD)
            setattr(self, name, guard(self, getattr(self, name, self.http_method_not_allowed)))

    def validated(self, serializer_class: type, data: Any) -> Any:
        """Return the validated body or query, or raise the validation error."""
        serializer = serializer_class(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer(
        self, data: Any, *, message: str = "Success", status_code: int = status.HTTP_200_OK
    ) -> Response:
        """Return `data` with the sentence the envelope shows."""
        response = Response(data, status=status_code)
        # The envelope renderer reads it.
        setattr(response, "message", message)  # noqa: B010
        return response

    def answer_page(self, queryset: Any, serializer_class: type, **extra: Any) -> Response:
        """Return one page of a queryset under `list_name`, with `total` and what is extra.

        The site's filter backends put it in order first, by the view's `sort_fields`.
        """
        page = self.paginate_queryset(self.filter_queryset(queryset))
        rows = serializer_class(page, many=True, context=self.get_serializer_context()).data
        response = self.get_paginated_response(rows)
        response.data |= extra
        return response
