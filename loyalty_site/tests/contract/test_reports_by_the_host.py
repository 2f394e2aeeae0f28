"""What the documents need without numbering it: the host's reports, and a member who cancels."""

from typing import Any

import pytest

from .cases import Call, Scene, check_shape
from .conftest import PURCHASES, STATS
from .documented import check_documented
from .shapes import INSTANT, NUMBER, TEXT

pytestmark = pytest.mark.django_db

ACTIVITIES = "/v2/gamification/activities"
VISIT = {"eventId": "visit-2", "userId": "{poor}", "action": "ATTEND_EVENT"}
POSTED = {"eventId": "visit-2", "status": "posted", "points": 10, "balance": 10, "reason": None}
NEW = PURCHASES["open-too"]


def ask(scene: Scene, caller: str, method: str, path: str, body: Any, **expected: Any) -> None:
    """Send a request and hold its answer against a shape and the OpenAPI document."""
    response = scene.send(Call(caller, method, path, body))
    check_shape(response, {"message": TEXT, "timestamp": INSTANT, **scene.fill(expected)})
    check_documented(response)


def test_an_activity_is_answered_by_an_object(scene: Scene) -> None:
    ask(scene, "host", "POST", ACTIVITIES, VISIT, statusCode=201, data=POSTED)
    again = {"eventId": "visit-2", "status": "duplicate", "points": int, "balance": 10}
    ask(scene, "host", "POST", ACTIVITIES, VISIT, statusCode=200, data=again | {"reason": TEXT})


def test_an_array_is_answered_item_by_item_in_order(scene: Scene) -> None:
    odd = [VISIT | {"eventId": "visit-3", "action": "DANCE"}, {"eventId": 4}]
    stranger = VISIT | {"eventId": "visit-5", "userId": "nobody"}
    response = scene.send(Call("host", "POST", ACTIVITIES, [VISIT, *odd, stranger]))

    check_documented(response)
    assert response.status_code == 201
    statuses = [item["status"] for item in response.json()["data"]]
    assert statuses == ["posted", "unknown_action", "invalid", "unknown_member"]


@pytest.mark.parametrize("body", [[], {}, {"eventId": "visit-2"}, VISIT | {"occurredAt": "soon"}])
def test_a_report_that_is_none_is_refused(scene: Scene, body: Any) -> None:
    ask(scene, "host", "POST", ACTIVITIES, body, statusCode=400, details=[{"message": TEXT}])


def test_a_purchase_is_registered_and_advanced(scene: Scene) -> None:
    path = "/api/points/purchases/order-7"
    known = {"purchaseRequestId": "order-7", "userId": "{member}", "amount": NUMBER}
    ask(scene, "host", "PUT", path, NEW, statusCode=201, data=known | {"status": "in_progress"})
    for status in ("delivered", "completed"):
        body = NEW | {"status": status}
        ask(scene, "host", "PUT", path, body, statusCode=200, data=known | {"status": status})
    late = NEW | {"status": "cancelled"}
    ask(scene, "host", "PUT", path, late, statusCode=409, code="invalid_transition")


def test_stats_are_reported(scene: Scene) -> None:
    path = "/v2/gamification/members/{poor}/stats"
    shown = {"userId": "{poor}", "trustScore": NUMBER, "profileCompletion": 80}
    ask(scene, "host", "PUT", path, STATS, statusCode=200, data=shown)
    ask(
        scene, "host", "PUT", path, {"trustScore": "high"}, statusCode=400, code="validation_failed"
    )


def test_a_member_cancels_while_it_is_pending(scene: Scene) -> None:
    pending = "/v2/gamification/rewards/redemptions/{redemption}/cancel"
    approved = "/v2/gamification/rewards/redemptions/{approved}/cancel"
    done = {"id": "{redemption}", "status": "CANCELLED"}
    ask(scene, "poor", "POST", pending, None, statusCode=404)
    ask(scene, "member", "POST", pending, None, statusCode=200, data=done)
    ask(scene, "member", "POST", approved, None, statusCode=409)
