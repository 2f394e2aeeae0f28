"""Remind members of points that are about to lapse."""

import json
from itertools import chain
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from points.services.reminders import BATCH_SIZE, count_untold, remind_of_expiring_points


class Command(BaseCommand):
    """Sweep for points about to lapse, a batch of members per transaction."""

    help = (
        "Remind members of points that are about to lapse, as many days before as "
        "LOYALTY_EXPIRY_REMINDER_DAYS says. Safe to stop, to repeat and to run twice at once: a "
        "member hears once per lapse date and number of days. The worker sends the e-mails."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--dry-run", action="store_true", help="say who would be reminded and change nothing"
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            default=BATCH_SIZE,
            help=f"members per transaction (default {BATCH_SIZE})",
        )
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, with a progress bar, and say what was done."""
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be at least 1.")
        now = timezone.now()
        untold = count_untold(now=now)
        summary = {"dryRun": options["dry_run"], "reminders": 0, "points": 0}
        if options["dry_run"]:
            summary |= {"reminders": untold.reminders, "points": untold.points}
        else:
            batches = remind_of_expiring_points(now=now, batch_size=options["batch_size"])
            console = Console(file=cast("TextIO", self.stderr), quiet=options["verbosity"] == 0)
            for reminder in track(
                chain.from_iterable(batches),
                description="Reminders",
                total=untold.reminders,
                console=console,
            ):
                summary["reminders"] += 1
                summary["points"] += reminder.points
        self.report(summary, as_json=options["json"])

    def report(self, summary: dict[str, Any], *, as_json: bool) -> None:
        """Print the summary."""
        if as_json:
            self.stdout.write(json.dumps(summary))
            return
        verb = "would be sent" if summary["dryRun"] else "sent"
        self.stdout.write(
            f"Reminders {verb}: {summary['reminders']:,}, about {summary['points']:,} points."
        )
