"""Referrals: the link, the public conversion and the figures."""

import re

import pytest

from .cases import FIELD_ERRORS, Case, Scene, check, every
from .shapes import CODE

pytestmark = pytest.mark.django_db

LOGIN_LINK = re.compile(r"https?://\S+/login\?ref=[0-9A-Z]{8}")
FIGURES = {
    "totalReferrals": int,
    "convertedReferrals": int,
    "pendingReferrals": int,
    "totalRewards": int,
}


def convert(code: object = "{code}", email: object = "somebody@example.com") -> dict[str, object]:
    return {"referralCode": code, "email": email}


CASES = [
    Case(45, "with a code", data={"code": "{code}", "link": LOGIN_LINK}),
    Case(45, "makes the first code", caller="poor", data={"code": CODE, "link": LOGIN_LINK}),
    Case(
        46,
        "somebody's code",
        caller="nobody",
        body=convert(),
        data={"converted": True, "referrerId": "{member}"},
    ),
    Case(
        46,
        "somebody's code, for an e-mail that has an account",
        caller="nobody",
        body=convert(email="ben@example.com"),
        data={"converted": True, "referrerId": "{member}"},
    ),
    Case(
        46,
        "nobody's code",
        caller="nobody",
        body=convert("00000000"),
        data={"converted": False, "referrerId": None},
    ),
    *(
        Case(
            46,
            f"refuses {about}",
            caller="nobody",
            body=body,
            status=400,
            code="validation_failed",
            details=[{"field": name, "message": str}],
            fields={"data": FIELD_ERRORS},
        )
        for about, name, body in [
            ("no code", "referralCode", {"email": "somebody@example.com"}),
            ("an empty code", "referralCode", convert("")),
            ("a code of 21 characters", "referralCode", convert("A" * 21)),
            ("a code that is a number", "referralCode", convert(12345678)),
            ("no e-mail", "email", {"referralCode": "{code}"}),
            ("what is no e-mail", "email", convert(email="somebody")),
            ("an e-mail of 256 characters", "email", convert(email=f"{'a' * 244}@example.com")),
        ]
    ),
    Case(
        46,
        "a code of 20 characters may be asked for",
        caller="nobody",
        body=convert("A" * 20),
        data={"converted": False, "referrerId": None},
    ),
    Case(
        47,
        "one activated",
        data=FIGURES | {"totalReferrals": 1, "convertedReferrals": 1, "pendingReferrals": 0},
    ),
    Case(47, "none", caller="poor", data=dict.fromkeys(FIGURES, 0)),
]


@every(CASES)
def test_document_d(case: Case, scene: Scene) -> None:
    check(case, scene)
