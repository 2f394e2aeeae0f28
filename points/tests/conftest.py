"""Every test of the ledger that touches the database ends with books that add up."""

from collections.abc import Iterator

import pytest

from points.tests.books import find_faults


@pytest.fixture(autouse=True)
def balanced_books(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check the books after the test, while what it wrote is still there."""
    uses_database = request.node.get_closest_marker("django_db") or "db" in request.fixturenames
    if uses_database:
        request.getfixturevalue("db")
    yield
    if uses_database:
        assert find_faults() == []
