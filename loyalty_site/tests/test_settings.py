"""Settings from the environment: what is made of them, and what refuses to start."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from loyalty_site.environment import env_rates

PRODUCTION = {
    "LOYALTY_MODE": "production",
    "SECRET_KEY": "s" * 60,
    "JWT_SIGNING_KEY": "j" * 60,
    "ALLOWED_HOSTS": "loyalty.example",
    "FRONTEND_URL": "https://www.example",
}
OURS = ("LOYALTY_", "EMAIL_", "DEFAULT_FROM_", "HOST_JWT_")


def start(names: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Load the settings in a process of their own and print some of them as JSON."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    script = (
        "import json; from loyalty_site import settings\n"
        f"print(json.dumps([str(getattr(settings, name)) for name in {names!r}]))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env={**kept, "LOYALTY_MODE": "demo", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def read(*names: str, **environment: str) -> list[str]:
    done = start(list(names), **environment)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("text", "days"), [("30,7,1", "[1, 7, 30]"), (" 2, 2 ,14 ", "[2, 14]"), ("", "[]")]
)
def test_days_before_points_lapse(text, days):
    assert read("LOYALTY_EXPIRY_REMINDER_DAYS", LOYALTY_EXPIRY_REMINDER_DAYS=text) == [days]


@pytest.mark.parametrize("text", ["0", "367", "7;1"])
def test_days_that_are_none_refuse_to_start(text):
    done = start([], LOYALTY_EXPIRY_REMINDER_DAYS=text)

    assert done.returncode != 0
    assert "LOYALTY_EXPIRY_REMINDER_DAYS must be whole days from 1 to 366" in done.stderr


@pytest.mark.parametrize(
    ("text", "rates"),
    [("USD=100", {"USD": 100}), (" EUR=95 , JPY=1 ", {"EUR": 95, "JPY": 1}), ("", {})],
)
def test_points_have_a_rate_in_each_currency(monkeypatch, text, rates):
    monkeypatch.setenv("LOYALTY_REDEMPTION_RATES", text)
    assert env_rates("LOYALTY_REDEMPTION_RATES", "USD=100") == rates


@pytest.mark.parametrize("text", ["100", "USD", "usd=1", "USD=0", "USD=1.5", "USD=-1", "USD:1"])
def test_rates_that_are_none_refuse_to_start(monkeypatch, text):
    monkeypatch.setenv("LOYALTY_REDEMPTION_RATES", text)
    with pytest.raises(ImproperlyConfigured, match="LOYALTY_REDEMPTION_RATES must be points"):
        env_rates("LOYALTY_REDEMPTION_RATES", "USD=100")


def test_the_schedule_goes_by_the_programmes_zone():
    zone = "Asia/Kuala_Lumpur"

    assert read("LOYALTY_TIME_ZONE", "CELERY_TIMEZONE", LOYALTY_TIME_ZONE=zone) == [zone, zone]


@pytest.mark.parametrize("zone", ["Mars/Olympus", ""])
def test_a_zone_that_is_none_refuses_to_start(zone):
    done = start([], LOYALTY_TIME_ZONE=zone)

    assert done.returncode != 0
    assert "LOYALTY_TIME_ZONE must be a time zone like Europe/Berlin" in done.stderr


@pytest.mark.parametrize(
    ("environment", "backend", "sends"),
    [
        (PRODUCTION, "console", "False"),
        (
            PRODUCTION | {"EMAIL_HOST": "mail.example", "DEFAULT_FROM_EMAIL": "a@mail.example"},
            "smtp",
            "True",
        ),
        ({"LOYALTY_DATA_DIR": "/tmp/loyalty"}, "filebased", "True"),  # noqa: S108
        ({}, "console", "True"),
        ({"LOYALTY_MODE": "test"}, "locmem", "True"),
    ],
)
def test_where_mails_go(environment, backend, sends):
    found = read("EMAIL_BACKEND", "LOYALTY_SENDS_MAIL", **environment)

    assert found == [f"django.core.mail.backends.{backend}.EmailBackend", sends]


def test_production_that_sends_mails_says_whom_from():
    done = start([], **PRODUCTION, EMAIL_HOST="mail.example")

    assert done.returncode != 0
    assert "DEFAULT_FROM_EMAIL must be set when EMAIL_HOST is" in done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"HOST_JWT_SECRET": "s" * 31}, "HOST_JWT_SECRET must be a random secret of its own"),
        (
            {"HOST_JWT_SECRET": "j" * 60, "JWT_SIGNING_KEY": "j" * 60},
            "HOST_JWT_SECRET must be a random secret of its own",
        ),
        ({"HOST_JWT_JWKS_URL": "http://shop.example/keys"}, "HOST_JWT_JWKS_URL must be an address"),
        ({"HOST_JWT_JWKS_URL": "file:///etc/keys"}, "HOST_JWT_JWKS_URL must be an address"),
    ],
)
def test_a_hosts_secret_or_keys_that_protect_nothing_refuse_to_start(environment, sentence):
    done = start([], **environment)

    assert done.returncode != 0
    assert sentence in done.stderr
