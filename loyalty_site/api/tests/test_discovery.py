import re

import pytest
from django.contrib.staticfiles import finders

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_the_front_door_is_a_map_of_the_services(client, path):
    response = client.get(path)
    data = response.json()["data"]
    assert data["services"]["gamification"] == "/v2/gamification"
    assert data["documentation"]["openapi"] == "/api/schema"
    assert "Accept" in response["Vary"]


def test_a_browser_at_the_front_door_gets_the_interactive_documentation(client):
    response = client.get("/api", headers={"Accept": BROWSER})
    assert response.status_code == 302
    assert response["Location"] == "/api/docs"


def test_the_front_door_takes_no_post(client, refusal):
    refusal(client.post("/api", {}, headers={"Accept": BROWSER}), 405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_the_interactive_documentation_loads_nothing_from_elsewhere(client, path):
    page = client.get(path).content.decode()
    addresses = re.findall(r"""(?:src|href)="([^"]+)\"""", page)
    assert len(addresses) >= 4
    for address in addresses:
        assert re.match(r"/(?!/)", address), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address


def test_its_script_reads_the_document_and_asks_no_outside_validator(client):
    script = client.get("/api/docs?script=").content.decode()
    assert "/api/schema" in script
    assert '"validatorUrl": null' in script
    assert "https://" not in script
