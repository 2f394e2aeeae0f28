"""The API speaks English, whatever language its caller prefers."""

import pytest

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9"}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("post", "/api/auth/register", {"name": "", "email": "no", "password": "password"}),
        ("post", "/api/auth/login", {}),
        ("get", "/api/points/transactions?page=0&type=gold&from=yesterday", None),
        ("delete", "/api/points/levels", None),
        ("get", "/api/no/such/thing", None),
    ],
)
def test_no_refusal_depends_on_the_language(sign_in, member, method, address, body):
    def ask(**headers):
        answer = getattr(sign_in(member), method)(address, body, **headers).json()
        return {name: answer[name] for name in ("message", "error", "code", "details")}

    english = ask()
    assert english["code"]
    assert ask(**GERMAN) == english
    assert ask(HTTP_COOKIE="django_language=de") == english


def test_a_page_after_an_api_call_is_in_its_reader_s_language(client):
    client.get("/api/health", **GERMAN)
    assert 'lang="de"' in client.get("/login", **GERMAN).text
    assert 'lang="en"' in client.get("/login").text
    assert 'lang="en"' in client.get("/login", HTTP_ACCEPT_LANGUAGE="fr").text
