"""The page a newcomer sees first."""

from django.test import Client


def test_it_leads_everywhere_and_names_the_socket():
    page = Client().get("/").text
    for address in ('href="/admin/"', 'href="/api/docs"', 'href="/api/health"'):
        assert address in page
    assert "ws://testserver/ws/" in page
    assert "wss://testserver/ws/" in Client().get("/", secure=True).text


def test_sign_ins_are_shown_by_the_demo_only(settings):
    settings.LOYALTY_MODE = "production"
    assert "loyalty-demo" not in Client().get("/").text
    settings.LOYALTY_MODE = "demo"
    page = Client().get("/").text
    assert "loyalty-demo" in page
    assert "approver@example.com" in page
