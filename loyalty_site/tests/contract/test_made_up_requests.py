"""Requests made up from the OpenAPI document: none breaks the site, every answer is documented."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty_site.api.schema import openapi_document
from loyalty_site.wsgi import application

from .cases import Scene

pytestmark = [pytest.mark.django_db, pytest.mark.long]

EXAMPLES_PER_OPERATION = 50
# What of the scene stands in for a part of a path, a query or a body of that name.
KNOWN = {
    "user_id": "{member}",
    "userId": "{newcomer}",
    "reward_id": "{coffee}",
    "rewardId": "{coffee}",
    "redemption_id": "{redemption}",
    "purchase_request_id": "open-too",
    "purchaseRequestId": "open-too",
    "badge": "{badge}",
    "badgeType": "FIRST_FACE",
    "code": "{code}",
    "referralCode": "{code}",
    "slug": "points",
    "action": "SPECIAL_EVENT",
    "rewardType": "voucher",
    "month": "2026-01",
}


def operations() -> list[Any]:
    return [
        pytest.param(path, method, id=f"{method.upper()} {path}")
        for path, methods in openapi_document()["paths"].items()
        for method in methods
    ]


@pytest.fixture(scope="module")
def schema() -> Iterator[Any]:
    """Return the document as schemathesis reads it."""
    import schemathesis  # noqa: PLC0415 -- takes a second, which only long runs pay

    loaded = schemathesis.openapi.from_dict(openapi_document())
    loaded.app = application
    # As Django's own client does: the scene lives in a transaction of this connection.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield loaded
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("caller", ["staff", "member"])
@pytest.mark.parametrize(("path", "method"), operations())
def test_made_up_requests(scene: Scene, schema: Any, path: str, method: str, caller: str) -> None:
    from schemathesis import checks  # noqa: PLC0415 -- see above
    from schemathesis.specs.openapi import checks as openapi_checks  # noqa: PLC0415 -- see above

    headers = {"Authorization": f"Bearer {scene.tokens[caller]}"}
    wanted = [
        checks.not_a_server_error,
        openapi_checks.status_code_conformance,
        openapi_checks.content_type_conformance,
        openapi_checks.response_schema_conformance,
    ]

    @given(case=schema[path][method].as_strategy(), is_known=st.booleans())
    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any, is_known: bool) -> None:
        for part in (case.path_parameters, case.query, case.body) if is_known else ():
            if isinstance(part, dict):
                part |= {name: scene.fill(KNOWN[name]) for name in part.keys() & KNOWN}
        with scene.undone():
            response = case.call(headers=headers)
        case.validate_response(response, checks=wanted)

    send()
