"""Make an API key for a host, or revoke one."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty_site.accounts.api_keys import (
    create_api_key,
    ensure_service_account,
    find_prefix,
    revoke_api_keys,
)
from loyalty_site.accounts.authentication import API_KEY_HEADER
from loyalty_site.accounts.models import LABEL_LENGTH_MAX, ApiKey
from points.errors import Invalid

DAYS_MAX = 3_650


class Command(BaseCommand):
    """Print a new key once, or end one."""

    help = (
        "Make an API key for a host platform and print it: on standard output stands the key and "
        "nothing else, and it cannot be shown again. The host's service account is made when there "
        "is none; what it may do is what the group host may do. With --revoke, end a key at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--host", metavar="NAME", help="the host's name, or its service account's user id"
        )
        what.add_argument(
            "--revoke", metavar="KEY", help="the key to end: its prefix, or the whole of it"
        )
        parser.add_argument("--label", default="", help="what the key is for, shown on the console")
        parser.add_argument(
            "--expires-days", type=int, metavar="N", help="let it end after N days (default: never)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one or end one."""
        now = timezone.now()
        if options["revoke"]:
            if options["label"] or options["expires_days"] is not None:
                raise CommandError("--label and --expires-days are for new keys.")
            self.revoke(options["revoke"], now=now)
            return
        days = options["expires_days"]
        if days is not None and not 1 <= days <= DAYS_MAX:
            raise CommandError(f"--expires-days must be 1 to {DAYS_MAX}.")
        if len(options["label"]) > LABEL_LENGTH_MAX:
            raise CommandError(f"--label has at most {LABEL_LENGTH_MAX} characters.")
        expires_at = None if days is None else now + timedelta(days=days)
        self.create(options["host"], label=options["label"], expires_at=expires_at, now=now)

    def create(self, host: str, *, label: str, expires_at: datetime | None, now: datetime) -> None:
        """Print a new key to standard output, and what it is beside it."""
        try:
            account = ensure_service_account(host=host, now=now)
            new = create_api_key(
                service_account=account, label=label, expires_at=expires_at, now=now
            )
        except Invalid as error:
            raise CommandError(error.message) from error
        end = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "until it is revoked"
        self.stderr.write(
            f"Key {new.api_key} of {account.public_id}, good {end}. It is shown only now; send it "
            f"as {API_KEY_HEADER}: …",
            self.style.NOTICE,
        )
        self.stdout.write(new.text)

    def revoke(self, text: str, *, now: datetime) -> None:
        """End a key, once or again; say which ones there are when it is none of them."""
        prefix = find_prefix(text)
        api_key = ApiKey.objects.filter(prefix=prefix).first()
        if api_key is None:
            active = ApiKey.objects.filter(revoked_at=None).order_by("prefix")
            known = ", ".join(active.values_list("prefix", flat=True)[:20]) or "none"
            raise CommandError(f"No key has this prefix. Not revoked are: {known}.")
        revoked = revoke_api_keys(prefixes=[prefix], now=now)
        self.stdout.write(f"{api_key} {'is' if revoked else 'was already'} revoked.")
