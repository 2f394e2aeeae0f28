"""The page a newcomer sees first."""

from django.test import Client


def test_it_leads_everywhere():
    page = Client().get("/").text
    for address in ("/login", "/admin/", "/api/docs", "/live", "/api/health"):
        assert f'href="{address}"' in page


def test_sign_ins_are_shown_by_the_demo_only(settings):
    settings.LOYALTY_MODE = "production"
    assert "loyalty-demo" not in Client().get("/").text
    settings.LOYALTY_MODE = "demo"
    page = Client().get("/").text
    assert "loyalty-demo" in page
    assert "approver@example.com" in page
