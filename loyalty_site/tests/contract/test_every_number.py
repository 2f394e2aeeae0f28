"""Who may call each numbered endpoint, and that each has its tests."""

import re
from types import ModuleType
from typing import Any

import pytest

from . import (
    test_document_a,
    test_document_b,
    test_document_c,
    test_document_c_rewards,
    test_document_d,
    test_document_e,
)
from .cases import Call, Case, Scene, check_shape
from .documented import check_documented
from .numbers import ENDPOINTS
from .shapes import TEXT

DOCUMENTS = [
    test_document_a,
    test_document_b,
    test_document_c,
    test_document_c_rewards,
    test_document_d,
    test_document_e,
]
SAMPLE_DATA = 61

every_number = pytest.mark.parametrize(
    "number",
    [pytest.param(n, id=f"{n} {e.method} {e.path}") for n, e in ENDPOINTS.items()],
)


def numbers_tested(document: ModuleType) -> set[int]:
    """Return the numbers of a file's cases, and of its tests that begin with one."""
    numbers: set[int] = set()
    for name, value in vars(document).items():
        if isinstance(value, list):
            numbers |= {case.number for case in value if isinstance(case, Case)}
        if re.match(r"test_\d", name):
            numbers |= {int(digits) for digits in re.findall(r"(?<=_)\d+(?=_)", name)}
    return numbers


def test_every_number_from_1_to_61_is_tested() -> None:
    tested = set().union(*map(numbers_tested, DOCUMENTS))
    assert tested == {*ENDPOINTS, SAMPLE_DATA} == set(range(1, 62))


def test_the_site_has_every_number() -> None:
    assert {number for number, one in ENDPOINTS.items() if not one.stands()} == set()


def ask(scene: Scene, number: int, caller: str) -> Any:
    endpoint = ENDPOINTS[number]
    if not endpoint.stands() or not endpoint.is_operation:
        pytest.skip("no operation on the site")
    body: Any = None if endpoint.method in ("GET", "DELETE") else {}
    return scene.send(Call(caller, endpoint.method, endpoint.path, body))


@pytest.mark.django_db
@every_number
def test_who_is_not_signed_in(scene: Scene, number: int) -> None:
    response = ask(scene, number, "nobody")
    if ENDPOINTS[number].callers == "everyone":
        assert response.status_code != 401
        return
    refusal = {"success": False, "statusCode": 401, "error": "Unauthorized", "message": TEXT}
    check_shape(response, refusal | {"code": "not_authenticated", "details": None})
    check_documented(response)


@pytest.mark.django_db
@every_number
def test_who_is_a_member(scene: Scene, number: int) -> None:
    with scene.undone():
        response = ask(scene, number, "member")
    if ENDPOINTS[number].callers != "staff":
        assert response.status_code not in (401, 403)
        return
    refusal = {"success": False, "statusCode": 403, "error": "Insufficient permissions"}
    check_shape(response, refusal | {"code": "permission_denied", "details": None})
    check_documented(response)
