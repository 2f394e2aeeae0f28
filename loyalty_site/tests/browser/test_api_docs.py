"""The interactive documentation works in a browser, with nothing from other hosts."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("phone", [False, True])
def test_the_documentation_opens_and_shows_every_section(open_page, phone):
    page = open_page(phone=phone)

    assert page.goto("/api/docs").status == 200

    expect(page.get_by_role("heading", name="Loyalty platform")).to_be_visible()
    for section in ("Sign-in", "Points", "Referrals", "Reward catalogue", "Rewards by type"):
        expect(page.locator(f'[data-tag="{section}"]')).to_be_visible()


def test_an_operation_is_tried_from_the_page(programme, member, sign_in, open_page):
    page = open_page()
    page.goto("/api/docs")
    authorization = sign_in(member)._credentials["HTTP_AUTHORIZATION"]
    page.get_by_role("button", name="Authorize").first.click()
    field = page.locator("[role=dialog] input, .modal-ux input").first
    field.fill(authorization.removeprefix("Bearer "))
    page.locator(".modal-ux button.authorize").first.click()
    page.locator(".modal-ux button.btn-done").first.click()

    operation = page.locator("#operations-Points-getApiPointsLevels")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table")
    expect(answer.get_by_text("200", exact=True).first).to_be_visible()
    expect(answer.get_by_text("platinum").first).to_be_visible()
