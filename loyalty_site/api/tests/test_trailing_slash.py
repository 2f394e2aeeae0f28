import pytest

pytestmark = pytest.mark.urls("loyalty_site.api.tests.endpoints")


@pytest.mark.parametrize("method", ["get", "put", "delete", "options"])
def test_both_forms_of_a_path_answer_alike_for_every_method(api, method):
    bare = getattr(api, method)("/api/test/echo").json()
    slashed = getattr(api, method)("/api/test/echo/").json()
    assert slashed["data"] == bare["data"]
    assert bare["path"] == "/api/test/echo"
    assert slashed["path"] == "/api/test/echo/"


def test_a_post_with_a_slash_keeps_its_body(api, db):
    response = api.post("/api/test/echo/", {"name": "n"})
    assert response.status_code == 201
    assert response.json()["data"] == {"name": "n"}


@pytest.mark.parametrize("path", ["/v2/test/groups/", "/rewards/test/7/", "/r/ABCD2345/"])
def test_every_prefix_has_both_forms(api, db, path):
    assert api.get(path).status_code == 200


def test_two_slashes_are_another_path(api, refusal):
    refusal(api.get("/api/test/echo//"), 404, "not_found")


def test_pages_keep_their_slash(api):
    assert api.get("/slashed/").status_code == 200
    assert api.get("/slashed")["Location"] == "/slashed/"
    assert api.get("/page/").status_code == 404
