"""Let points lapse whose time has come."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rich.console import Console
from rich.progress import Progress

from points.errors import MemberNotFound
from points.services.accounts import get_account_id
from points.services.expiry import BATCH_SIZE, count_due, expire_due_lots
from points.services.postings import Posting

# What a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 130


class Command(BaseCommand):
    """Sweep due lots out of the balances, a batch of members per transaction."""

    help = (
        "Let points lapse whose time has come. Safe to stop, to repeat and to run twice at once: "
        "each lot lapses once. Spends never wait for it, lapsed points are unspendable anyway."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would lapse and change nothing"
        )
        parser.add_argument(
            "--before",
            metavar="INSTANT",
            help="judge by this past instant (ISO, e.g. 2026-01-31T00:00:00Z) instead of now",
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            default=BATCH_SIZE,
            help=f"members per transaction (default {BATCH_SIZE})",
        )
        parser.add_argument("--member", metavar="USER_ID", help="only this member")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, with a progress bar, and say what was done."""
        now = self.read_instant(options["before"])
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be at least 1.")
        try:
            account_id = get_account_id(options["member"]) if options["member"] else None
        except MemberNotFound:
            raise CommandError(f"There is no member {options['member']!r}.") from None
        due = count_due(now=now, account_id=account_id)
        summary = {
            "dryRun": options["dry_run"],
            "before": now.astimezone(UTC),
            "members": 0,
            "points": 0,
        }
        stopped = False
        if options["dry_run"]:
            summary |= {"members": due.accounts, "points": due.points}
        else:
            batches = expire_due_lots(
                now=now, batch_size=options["batch_size"], account_id=account_id
            )
            console = Console(file=cast("TextIO", self.stderr), quiet=options["verbosity"] == 0)
            stopped = self.follow(batches, summary, Progress(console=console), due.accounts)
        self.report(summary, as_json=options["json"])
        if stopped:
            self.stderr.write("Stopped. What is left lapses when this runs again.")
            raise SystemExit(INTERRUPTED)

    def follow(
        self,
        batches: Iterable[list[Posting]],
        summary: dict[str, Any],
        progress: Progress,
        members_due: int,
    ) -> bool:
        """Add up the batches as they are committed; True when somebody stopped them (Ctrl-C)."""
        with progress:
            bar = progress.add_task("Members", total=members_due)
            try:
                for postings in batches:
                    members = len({posting.account_id for posting in postings})
                    summary["members"] += members
                    summary["points"] -= sum(posting.amount for posting in postings)
                    progress.advance(bar, members)
            except KeyboardInterrupt:
                return True
        return False

    def read_instant(self, text: str | None) -> datetime:
        """Return --before as an instant that is not in the future; now without it."""
        now = timezone.now()
        if text is None:
            return now
        try:
            instant = parse_datetime(text)
        except ValueError:
            instant = None
        if instant is None or timezone.is_naive(instant):
            raise CommandError("--before must be an instant with an offset: 2026-01-31T00:00:00Z.")
        if instant > now:
            raise CommandError("--before lies in the future; points lapse only when they are due.")
        return instant.astimezone(UTC)

    def report(self, summary: dict[str, Any], *, as_json: bool) -> None:
        """Print the summary."""
        if as_json:
            self.stdout.write(json.dumps(summary, cls=DjangoJSONEncoder))
            return
        verb = "would lapse" if summary["dryRun"] else "lapsed"
        members = f"{summary['members']:,} member{pluralize(summary['members'])}"
        before = f"{summary['before']:%Y-%m-%dT%H:%M:%SZ}"
        self.stdout.write(
            f"{summary['points']:,} points of {members} {verb} (due before {before})."
        )
