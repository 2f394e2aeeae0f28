"""Reading settings from the environment: each value is what it says, or nothing starts."""

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

SECRET_LENGTH_MIN = 50
# What HS256 asks for.
SHARED_SECRET_LENGTH_MIN = 32
YEAR_DAYS_MAX = 366
RATE = re.compile(r"([A-Z]{3})=([1-9][0-9]{0,5})", re.ASCII)


def env_list(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list without blanks."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def env_https(name: str) -> str:
    """Return an address that begins with https://, blank without it, or refuse to start."""
    address = os.environ.get(name, "")
    if address and not address.startswith("https://"):
        raise ImproperlyConfigured(f"{name} must be an address like https://…, not {address!r}.")
    return address


def env_int(name: str, default: int) -> int:
    """Return a whole number from the environment, or refuse to start with a sentence."""
    text = os.environ.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}.") from None


def env_days(name: str, default: str) -> list[int]:
    """Return a comma-separated list of whole days from 1 to 366, or refuse to start."""
    parts = env_list(name, default)
    if not all(
        part.isascii() and part.isdigit() and 1 <= int(part) <= YEAR_DAYS_MAX for part in parts
    ):
        raise ImproperlyConfigured(f"{name} must be whole days from 1 to 366, like 30,7,1.")
    return sorted({int(part) for part in parts})


def env_rates(name: str, default: str) -> dict[str, int]:
    """Return how many points, up to 999,999, one unit of each currency takes, or refuse."""
    parts = [RATE.fullmatch(part) for part in env_list(name, default)]
    if None in parts:
        raise ImproperlyConfigured(f"{name} must be points for 1.00, like USD=100,EUR=95.")
    return {part[1]: int(part[2]) for part in parts if part}


def env_proxies(name: str) -> int | list[IPv4Network | IPv6Network]:
    """Return how many proxies stand before this site, or their networks, or refuse to start."""
    text = os.environ.get(name, "").strip()
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return [ip_network(part) for part in env_list(name)]
    except ValueError:
        message = f"{name} must be networks like 10.0.0.0/8, or how many proxies there are."
        raise ImproperlyConfigured(message) from None


def env_zone(name: str) -> str:
    """Return the name of a time zone, UTC without it, or refuse to start with a sentence."""
    zone = os.environ.get(name, "UTC")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        message = f"{name} must be a time zone like Europe/Berlin, not {zone!r}."
        raise ImproperlyConfigured(message) from None
    return zone


def env_secret(name: str, *, production: bool) -> str:
    """Return a secret; production has no default and refuses a short one."""
    secret = os.environ.get(name, "")
    if not production:
        return secret or f"{name.lower()}-for-demo-and-tests-only-never-for-production"
    if len(secret) < SECRET_LENGTH_MIN or "for-demo-and-tests-only" in secret:
        raise ImproperlyConfigured(
            f"{name} must be set to a random secret of at least {SECRET_LENGTH_MIN} characters "
            "(LOYALTY_MODE=production)."
        )
    return secret


def env_shared_secret(name: str, *, ours: set[str]) -> str:
    """Return a secret that somebody else knows too, blank without it; refuse a guessable one.

    It is none of ours, since whoever knows those may sign in as anybody.
    """
    secret = os.environ.get(name, "")
    if secret and (len(secret) < SHARED_SECRET_LENGTH_MIN or secret in ours):
        raise ImproperlyConfigured(
            f"{name} must be a random secret of its own of at least {SHARED_SECRET_LENGTH_MIN} "
            "characters."
        )
    return secret
