"""The navigation follows what staff do."""

from django.contrib import admin
from django.test import Client

from loyalty_site.console.sections import LAST_SECTION, SECTIONS


def list_sections(person):
    client = Client()
    client.force_login(person)
    sections = client.get("/admin/").context["available_apps"]
    return {
        section["name"]: [page["model"]._meta.label for page in section["models"]]
        for section in sections
    }


def test_pages_stand_where_staff_look_for_them(programme, make_staff):
    sections = list_sections(make_staff("ada"))
    assert next(iter(sections)) == "Queue"
    assert sections["Queue"][0] == "rewards.Redemption"
    assert "points.PointTransaction" in sections["Ledger"]
    assert "auth.Group" in sections[LAST_SECTION]


def test_every_page_is_in_exactly_one_section(programme, make_staff):
    shown = [name for names in list_sections(make_staff("ada")).values() for name in names]
    assert sorted(shown) == sorted(model._meta.label for model in admin.site._registry)


def test_every_name_in_a_section_is_a_page():
    registered = {model._meta.label for model in admin.site._registry}
    named = [name for _, names in SECTIONS for name in names]
    assert [name for name in named if name not in registered] == []


def test_an_approver_sees_no_page_they_may_not_open(programme, make_staff):
    sections = list_sections(make_staff("ann", "approver"))
    assert "rewards.Redemption" in sections["Queue"]
    assert LAST_SECTION not in sections
