"""Who a request is counted for, before anybody has looked them up."""

import pytest
from django.test import RequestFactory

from loyalty_site.accounts.api_keys import create_api_key, ensure_service_account, revoke_api_keys
from loyalty_site.accounts.callers import name_caller
from loyalty_site.accounts.services import issue_tokens

from .hosts import NOTHING, SECRET, claims_of, sign, sign_with_pair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def host_jwt(settings):
    settings.HOST_JWT = NOTHING | {"SECRET": SECRET}


def name(**headers):
    return name_caller(RequestFactory().get("/", headers=headers))


def test_a_member_is_one_with_whichever_token_and_costs_no_query(member, django_assert_num_queries):
    tokens = [issue_tokens(user=member)["accessToken"], sign(claims_of("mia"))]

    with django_assert_num_queries(0):
        names = {name(Authorization=f"Bearer {token}") for token in tokens}

    assert names == {"member:mia"}


def test_a_host_is_its_key_in_either_header(now):
    shop = ensure_service_account(host="shop", now=now)
    new = create_api_key(service_account=shop, now=now)
    wanted = f"key:{new.api_key.prefix}"

    assert name(Authorization=f"Api-Key {new.text}") == wanted
    assert name(**{"X-API-Key": new.text}) == wanted

    revoke_api_keys(prefixes=[new.api_key.prefix], now=now)
    assert name(**{"X-API-Key": new.text}) is None


def test_who_is_signed_in_to_the_sites_pages_is_a_member(client, member, settings):
    client.force_login(member)
    answer = client.post("/api/auth/live-token")
    assert name_caller(answer.wsgi_request) == "member:mia"

    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"
    answer = client.post("/api/auth/live-token")
    assert name_caller(answer.wsgi_request) is None


def test_who_proves_nothing_has_no_name(member, settings):
    refresh_token = issue_tokens(user=member)["refreshToken"]
    forged = sign(claims_of("mia"), SECRET + "x")
    for token in ("", "nonsense", "é", refresh_token, forged):
        assert name(Authorization=f"Bearer {token}") is None
    assert name() is None

    settings.HOST_JWT = NOTHING | {"JWKS": "{}"}
    assert name(Authorization=f"Bearer {sign_with_pair(claims_of('mia'), 'RS256')}") is None
