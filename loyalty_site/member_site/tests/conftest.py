from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """Return a function that gives a browser signed in as a person."""

    def make(person: Any) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make
