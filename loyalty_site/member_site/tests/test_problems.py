"""What people see when something does not work."""

import pytest
from django.test import Client

from loyalty_site.console.policy import HEADER
from loyalty_site.member_site.views import levels

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there_looks_like_the_site(client):
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/static/site/site.css"' in answer.text
    assert HEADER in answer.headers


def test_what_failed_is_said_without_a_look_at_the_database(member, monkeypatch):
    def fail():
        raise RuntimeError

    client = Client(raise_request_exception=False)
    client.force_login(member)
    monkeypatch.setattr(levels, "list_levels", fail)
    answer = client.get("/dashboard/points/levels")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


def test_an_old_form_says_what_to_do():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/login", {"email": "mia@example.com", "password": "x"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.text


def test_an_api_path_still_answers_in_the_envelope(client):
    assert client.get("/api/no/such/thing").json()["code"] == "not_found"
