"""What POST /v2/gamification/activities says of items it cannot read."""

import pytest

from points.tests.test_activities_endpoint import PATH, activity


@pytest.fixture
def host(make_staff, sign_in):
    return sign_in(make_staff("platform", "host"))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("text", "An object is required."),
        ([], "An object is required."),
        (
            activity(surprise=1, another=2),
            "another: This field is not known here.; surprise: This field is not known here.",
        ),
        (
            activity(userId=5, action=None),
            "userId: Text is required.; action: This field may not be null.",
        ),
    ],
)
def test_one_of_many_says_what_is_wrong_with_each_of_its_fields(host, member, item, reason):
    response = host.post(PATH, [item])

    assert response.json()["data"][0]["reason"] == reason


def test_a_body_that_is_no_object_is_refused_in_plain_words(host):
    response = host.post(PATH, "text")

    assert response.json()["details"] == [{"field": None, "message": "An object is required."}]
