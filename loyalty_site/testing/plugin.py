"""Fixtures every test may use. Loaded by pytest.ini before Django is set up, so models are
imported inside the fixtures.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

# Its assertions tell what they compared. Here, before the first test of any folder imports it.
pytest.register_assert_rewrite("points.tests.books")

# One of several processes (-n) has a database of its own in Redis too, as pytest-django gives it
# one in PostgreSQL. The settings are read later.
if "PYTEST_XDIST_WORKER" in os.environ and "REDIS_URL" in os.environ:
    address = urlsplit(os.environ["REDIS_URL"])
    worker = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    database = int(address.path.strip("/") or 0) + worker
    os.environ["REDIS_URL"] = address._replace(path=f"/{database}").geturl()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --long."""
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long tests out unless asked, and browser tests when there is no browser."""
    for item in items:
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; run with --long"))
        if item.get_closest_marker("browser") and not os.environ.get("LOYALTY_CHROMIUM"):
            if os.environ.get("LOYALTY_REQUIRE_BROWSER"):
                pytest.exit("browser tests need Chromium and none was found", returncode=3)
            item.add_marker(pytest.mark.skip(reason="NO BROWSER: Chromium was not found"))


@pytest.fixture(autouse=True)
def forget_pages_of_boards() -> None:
    """Let no test see a leaderboard that another one showed: their stamps were undone with them."""
    from gamification.selectors.remembered_pages import remembered  # noqa: PLC0415 -- see `now`

    remembered.clear()


@pytest.fixture(scope="session", autouse=True)
def empty_quickly(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the database quickly after tests that commit."""
    if not any(item.get_closest_marker("django_db") for item in request.session.items):
        yield
        return
    from loyalty_site.testing.emptying import Emptying  # noqa: PLC0415 -- see `now`

    request.getfixturevalue("django_db_setup")
    emptying = Emptying()
    with request.getfixturevalue("django_db_blocker").unblock():
        emptying.start()
    yield
    emptying.stop()


@pytest.fixture
def now() -> datetime:
    """Return the present instant, aware."""
    from django.utils import timezone  # noqa: PLC0415 -- Django is not set up at import

    return timezone.now()


@pytest.fixture
def programme(db: Any) -> None:
    """Load the actions, levels, badges and rewards a fresh installation has."""
    from django.core.management import call_command  # noqa: PLC0415 -- see above

    call_command("load_programme", verbosity=0)


@pytest.fixture
def make_member(db: Any, now: datetime) -> Callable[..., Any]:
    """Return a function that makes a member with an open account: `make_member("mia", points=50)`.

    Points given come as one staff grant and so count as lifetime points. Other keywords are
    fields of the user.
    """
    from loyalty_site.accounts.models import User  # noqa: PLC0415
    from points.services.accounts import open_account  # noqa: PLC0415 -- see above
    from points.services.postings import Cause, Source, award_points  # noqa: PLC0415

    numbers = itertools.count(1)

    def make(public_id: str = "", *, points: int = 0, **fields: Any) -> Any:
        public_id = public_id or f"member-{next(numbers)}"
        fields = {"email": f"{public_id}@example.com", "name": public_id.title()} | fields
        password = fields.pop("password", None)
        member = User.objects.create_user(password=password, public_id=public_id, **fields)
        account = open_account(member=member, now=now)
        if points:
            award_points(
                account_id=account.pk,
                amount=points,
                cause=Cause(
                    source=Source(type="test", id=public_id, rule="start"), occurred_at=now
                ),
                now=now,
            )
        return member

    return make


@pytest.fixture
def member(make_member: Callable[..., Any]) -> Any:
    """Return a member without points."""
    return make_member("mia")


@pytest.fixture
def make_staff(make_member: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes a staff user: `make_staff("ann", "approver")`; no group name
    makes a superuser.
    """
    from django.contrib.auth.models import Group  # noqa: PLC0415 -- see above

    def make(public_id: str, *groups: str) -> Any:
        person = make_member(public_id, is_staff=True, is_superuser=not groups)
        person.groups.set(Group.objects.filter(name__in=groups))
        return person

    return make


@pytest.fixture
def sign_in() -> Callable[..., Any]:
    """Return a function that gives an API client signed in as a person, or as nobody."""
    from rest_framework.test import APIClient  # noqa: PLC0415 -- see above

    def client(person: Any = None) -> Any:
        from loyalty_site.accounts.services import issue_tokens  # noqa: PLC0415 -- see above

        api = APIClient()
        if person is not None:
            token = issue_tokens(user=person)["accessToken"]
            api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return api

    return client
