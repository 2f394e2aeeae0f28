"""A catalogue manager brings a file in, in a browser: what is wrong with it, what it comes to."""

import pytest
from playwright.sync_api import expect

from loyalty_site.tests.browser.test_accessibility import CHECKED, list_violations
from rewards.models import Reward

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADER = "title,category,points_required,quantity\n"
GOOD = HEADER + "Filter coffee,Food & Drinks,50,100\nA pot of tea,Food & Drinks,60,\n"
BAD = HEADER + "Filter coffee,Food & Drinks,50,100\nA pot of tea,Food & Drinks,cheap,-1\n"


def file_of(text):
    return {"name": "catalogue.csv", "mimeType": "text/csv", "buffer": text.encode()}


@pytest.mark.parametrize("options", [{}, {"phone": True, "color_scheme": "dark"}])
def test_a_file_is_put_right_looked_at_and_imported_by_keyboard(make_staff, open_page, options):
    page = open_page(make_staff("max", "catalogue manager"), **options, **CHECKED)
    page.goto("/admin/rewards/reward/")
    page.get_by_role("link", name="Import").press("Enter")
    expect(page.get_by_role("heading", name="Import rewards")).to_be_visible()
    assert list_violations(page) == []

    page.get_by_label("File").set_input_files(file_of(BAD))
    page.get_by_role("button", name="Preview").press("Enter")
    faults = page.locator(".errorlist li")
    expect(faults).to_have_count(2)
    expect(faults.first).to_contain_text("Line 3: points_required")
    assert list_violations(page) == []
    assert not Reward.objects.exists()

    page.get_by_label("File").set_input_files(file_of(GOOD))
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.locator(".consequence")).to_contain_text("2 new, 0 changed")
    expect(page.locator(".decision-list tbody tr")).to_have_count(2)
    assert list_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert not Reward.objects.exists()

    page.get_by_role("button", name="Import").press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("Imported: 2 new")
    assert set(Reward.objects.values_list("title", "quantity")) == {
        ("Filter coffee", 100),
        ("A pot of tea", None),
    }
