"""The middleware in the server's loop, where the same classes run without a thread."""

import pytest

pytestmark = [
    pytest.mark.urls("loyalty_site.api.tests.endpoints"),
    pytest.mark.django_db(transaction=True),
]


async def test_both_forms_of_a_path_answer(async_client):
    for path in ("/api/test/echo", "/api/test/echo/"):
        response = await async_client.get(path)
        assert response.status_code == 200
        assert response.json()["path"] == path


@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/test/echo?a=%00", 400), ("/api/test/echo?a=1&a=2", 400), ("/api/test/echo/%00", 400)],
)
async def test_bad_text_is_refused_in_the_envelope(async_client, address, status):
    response = await async_client.get(address)
    assert response.status_code == response.json()["statusCode"] == status


@pytest.mark.parametrize(("body", "status"), [("a=%00", 400), ("a=%ff", 400), ("a=b", 200)])
async def test_forms_are_read_in_a_thread(async_client, body, status):
    response = await async_client.post(
        "/page", body, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == status


async def test_another_charset_is_refused(async_client):
    response = await async_client.generic(
        "POST", "/api/test/echo?a=1", "{}", content_type="application/json; charset=rot13"
    )
    assert response.status_code == response.json()["statusCode"] == 415


async def test_a_lost_database_outside_the_views_is_503(async_client):
    async_client.raise_request_exception = False
    response = await async_client.get("/api/test/page-fail/database")
    assert response.status_code == response.json()["statusCode"] == 503
