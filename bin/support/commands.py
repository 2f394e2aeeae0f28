"""bin/manage: a Django command on the demo's data."""

import os
from pathlib import Path

from support import environment, talk
from support.data import DataFolder, open_data
from support.demo import demo_settings
from support.keeper import Membership
from support.places import ROOT
from support.services import ADDRESSES, get_services, given_addresses


def run(arguments: list[str]) -> int:
    """Become manage.py with servers at hand, so that its input, output and exit code are ours."""
    talk.only_the_unusual()
    python = environment.prepare("runtime")
    data = open_data()
    membership = Membership(data.path)
    # manage.py takes the place of this process and keeps the servers alive.
    membership.lock.keep_through_exec()
    settings = _settings(data, membership, python)
    command = [str(python), str(ROOT / "manage.py"), *arguments]
    os.execve(  # noqa: S606 - a program of ours, no shell wanted
        python, command, {**os.environ, **settings, "DATABASE_POOL_SIZE": "0"}
    )


def _settings(data: DataFolder, membership: Membership, python: Path) -> dict[str, str]:
    """Return the settings of the running demo, or those that it would have."""
    running = data.running_demo()
    if running:
        return {name: os.environ.get(name) or value for name, value in running.items()}
    port = int(os.environ.get("PORT") or 8000)
    given = given_addresses()
    if len(given) == len(ADDRESSES):
        return demo_settings(data, given, port)
    if data.postgres_major() is None and "DATABASE_URL" not in given:
        talk.say("The demo has no database yet; bin/run fills one. This one is new and empty.")
    services = get_services(membership, python, data=data)
    return demo_settings(data, services.settings, port)
