"""Addresses without parameters are remembered, the others are found anew."""

import pytest
from django.http import HttpResponse
from django.urls import Resolver404, path

from loyalty_site.routes import KeptRoutes


def view(request, **_):
    return HttpResponse()


@pytest.fixture
def routes():
    return KeptRoutes([path("a/list", view), path("a/<str:name>", view)])


def test_an_address_leads_where_it_led(routes):
    first, second = routes.resolve("a/list"), routes.resolve("a/list")

    assert second is first
    assert (first.func, first.route, first.kwargs) == (view, "a/list", {})


def test_parameters_are_each_requests_own(routes):
    assert routes.resolve("a/mia").kwargs == {"name": "mia"}
    assert routes.resolve("a/leo").kwargs == {"name": "leo"}
    assert routes.resolve("a/list").kwargs == {}


def test_what_is_not_there_is_not_remembered(routes):
    for _ in range(2):
        with pytest.raises(Resolver404):
            routes.resolve("b")
