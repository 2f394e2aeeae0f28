"""Every page of the console works in a browser, on a desk and in a hand, by day and by night."""

import pytest
from playwright.sync_api import expect

from loyalty_site.tests.browser.scene import set_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(programme, make_staff, now):
    """Return a superuser of a console with a year behind it."""
    person = make_staff("ada")
    set_scene(approver=person, now=now)
    return person


def list_addresses(page):
    """Return the address of every page in the navigation, and of one record of each list."""
    page.goto("/admin/")
    links = page.locator("#console-nav li a")
    lists = [links.nth(number).get_attribute("href") for number in range(links.count())]
    addresses = ["/", "/admin/password_change/", "/admin/points/", *lists]
    for address in lists[1:]:
        page.goto(address)
        record = page.locator("#result_list tbody th a").first
        if record.count():
            addresses.append(record.get_attribute("href"))
        add = page.locator(".addlink").first
        if add.count():
            addresses.append(add.evaluate("link => link.pathname"))
    return addresses


def test_every_page_opens_without_an_error_and_fits_a_phone(admin, open_page):
    desk, phone = open_page(admin), open_page(admin, phone=True)
    addresses = list_addresses(desk)
    assert len(addresses) > 30
    too_wide = []
    for address in addresses:
        assert desk.goto(address).status == 200, address
        phone.goto(address)
        width = phone.evaluate("document.documentElement.scrollWidth")
        if width > phone.viewport_size["width"]:
            too_wide.append(f"{address} is {width} pixels wide")
    assert not too_wide, "\n".join(too_wide)


def test_the_phone_s_menu_opens_and_leads_to_the_queue(admin, open_page):
    page = open_page(admin, phone=True)
    page.goto("/admin/")
    queue = page.get_by_role("link", name="Redemptions", exact=False).first
    expect(queue).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    queue.click()
    expect(page.get_by_role("heading", name="Redemptions", exact=True)).to_be_visible()


def test_the_chart_draws_and_its_figures_stand_in_a_table(admin, open_page):
    page = open_page(admin)
    page.goto("/admin/")
    for name, lengths in (("months", [12, 12, 12]), ("due", [13])):
        drawn = f"Chart.getChart('{name}-chart').data.datasets.map((set) => set.data.length)"
        assert page.evaluate(drawn) == lengths
        section = page.locator(f"section[aria-labelledby={name}-title]")
        section.get_by_text("Show as a table").click()
        expect(section.locator(".as-table tbody tr")).to_have_count(lengths[0])


def test_dark_is_dark_by_preference_and_by_the_switch(make_staff, open_page):
    brightness = (
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
        ".reduce((sum, part) => sum + Number(part), 0)"
    )
    person = make_staff("ada")
    night, day = open_page(person, color_scheme="dark"), open_page(person, color_scheme="light")
    night.goto("/admin/")
    assert night.evaluate(brightness) < 120
    day.goto("/admin/")
    assert day.evaluate(brightness) > 650
    day.locator(".theme-toggle").click()
    assert day.evaluate(brightness) < 120


# What the eye needs: WCAG's formula over every text's colour and the nearest background under it.
CONTRASTS = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (rgb) => {
    const [r, g, b] = [...rgb].slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const under = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgba("white");
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || ["SCRIPT", "STYLE", "OPTION"].includes(element.tagName)) continue;
    if (!element.checkVisibility()) continue;
    if (element.closest(".visually-hidden, .skip-to-content-link")) continue;
    const [one, two] = [light(rgba(getComputedStyle(element).color)), light(under(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return poor;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_background(admin, open_page, scheme):
    page = open_page(admin, color_scheme=scheme)
    for address in (
        "/",
        "/admin/",
        "/admin/rewards/redemption/?status=ALL",
        "/admin/rewards/reward/",
        "/admin/points/pointaction/1/change/",
    ):
        page.goto(address)
        assert page.evaluate(CONTRASTS) == [], address
