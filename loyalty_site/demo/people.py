"""Who signs in to the demo: the one list that bin/run, the first page and the seed go by.

`bin/run` reads this file before anything is installed, so it needs nothing but Python.
"""

from typing import NamedTuple

PASSWORD = "loyalty-demo"  # noqa: S105 -- printed for everybody


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for the translators, as Django's function of this name does."""
    return sentence


class Person(NamedTuple):
    """One account. `what` says what signing in with it shows; `group` is a staff group."""

    public_id: str
    name: str
    what: str
    is_superuser: bool = False
    group: str = ""

    @property
    def email(self) -> str:
        """Return what they sign in with."""
        return f"{self.public_id}@example.com"


PEOPLE = (
    Person(
        "admin",
        "Ada Admin",
        gettext_noop("Superuser: everything in the console"),
        is_superuser=True,
    ),
    Person(
        "approver",
        "Paul Approver",
        gettext_noop("Approver: decides redemptions"),
        group="approver",
    ),
    Person("mia", "Mia Moreau", gettext_noop("Member with points and a waiting redemption")),
    Person("leo", "Leo Lindqvist", gettext_noop("Member with a longer history")),
)
