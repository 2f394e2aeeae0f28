"""Fixtures of this app's tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import transaction


@pytest.fixture
def django_atomic(db: None) -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager whose work is undone at its end, for one example after another."""

    @contextmanager
    def undone() -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return undone
