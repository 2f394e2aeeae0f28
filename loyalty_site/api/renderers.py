"""Puts the envelope around what views answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from .envelope import Problem, error_body, instant_text, success_body

NO_CONTENT = 204


class InstantEncoder(JSONEncoder):
    """Writes aware instants in UTC with a Z, wherever they came from."""

    def default(self, obj: Any) -> Any:
        """Return what JSON can hold."""
        if isinstance(obj, datetime) and obj.tzinfo is not None:
            return instant_text(obj)
        return super().default(obj)


class EnvelopeResponse(Response):
    """A response that says more of its envelope than its data.

    `problem` makes it a failure, `pagination` is the block of a list, and the keys of
    `beside_data` stand next to `data`, for clients that look for them there.
    """

    message = "Success"
    problem: Problem | None = None
    pagination: dict[str, Any] | None = None
    beside_data: dict[str, Any] = {}


class EnvelopeRenderer(JSONRenderer):
    """JSON in the envelope. Any response may carry the attributes of an EnvelopeResponse."""

    encoder_class = InstantEncoder

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the envelope as bytes; nothing for an answer that has no body."""
        if renderer_context is None or renderer_context["response"].status_code == NO_CONTENT:
            return b""
        request, response = renderer_context["request"], renderer_context["response"]
        facts = {"path": request.path, "method": request.method}
        problem = getattr(response, "problem", None)
        if problem is not None:
            body = error_body(problem, **facts)
        else:
            body = success_body(
                data,
                status=response.status_code,
                message=getattr(response, "message", EnvelopeResponse.message),
                pagination=getattr(response, "pagination", None),
                **facts,
            )
        body |= getattr(response, "beside_data", {})
        rendered: bytes = super().render(body, accepted_media_type, renderer_context)
        return rendered
