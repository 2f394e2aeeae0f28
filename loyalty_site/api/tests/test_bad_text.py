import pytest

pytestmark = pytest.mark.urls("loyalty_site.api.tests.endpoints")


@pytest.mark.parametrize(
    "address",
    [
        "/api/test/echo?a=%00",
        "/api/test/echo?%00=a",
        "/api/test/echo?a=%ff",
        "/api/test/echo?a=%ED%A0%80",
        "/api/test/echo/%00",
        "/api/test/echo/%ff",
        "/api/nowhere/%00",
        "/health?a=%c3%28",
    ],
)
def test_text_that_cannot_be_kept_is_refused_in_the_envelope(api, refusal, address):
    refusal(api.get(address), 400, "invalid_text")


@pytest.mark.parametrize("address", ["/page?a=%00", "/slashed/?a=%ff", "/nowhere/%00"])
def test_pages_refuse_it_with_a_page(api, address):
    response = api.get(address)
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"a=%00", 400), (b"a%00=b", 400), (b"a=%ff", 400), (b"a=\xff", 400), (b"a=%C3%A4", 200)],
)
def test_forms_of_pages_are_read_for_it(api, body, status):
    response = api.post("/page", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == status


def test_forms_with_files_are_read_for_it(client):
    assert client.post("/page", {"a": "zero \0 byte"}).status_code == 400
    assert client.post("/page", {"a": "good"}).content == b"page 1"


def test_good_text_of_any_language_passes(api):
    body = api.get("/api/test/echo", {"a": "Zoë 李 🙂"}).json()
    assert body["data"] == {"query": {"a": "Zoë 李 🙂"}}


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "ascii", "nonsense", ""])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_utf8_is_accepted(api, refusal, method, charset):
    response = getattr(api, method)(
        "/api/test/echo?a=1", {}, headers={"Content-Type": f"application/json; charset={charset}"}
    )
    refusal(response, 415, "unsupported_media_type")


def test_a_query_parameter_given_twice_is_refused(api, refusal):
    body = refusal(api.get("/api/test/echo?page=1&page=2&a=1"), 400, "validation_failed")
    assert [detail["field"] for detail in body["details"]] == ["page"]
    assert api.get("/page?a=1&a=2").status_code == 200
