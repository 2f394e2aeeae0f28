"""Hand published badges out to the members who had met them before."""

from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from gamification.enums import BadgeState
from gamification.models import Badge, BadgeBackfill
from gamification.selectors import preview_badge
from gamification.services.publishing import backfill_to_the_end, publish_badge


class Command(BaseCommand):
    """Go through the members of published badges, or publish those that wait for it."""

    help = (
        "Hand badges out to the members who have met them and do not hold them yet. Published "
        "badges only, unless --publish is given. Members may go on meanwhile; stopped, it is "
        "finished by the worker. Nobody gets a badge or its points twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--badge", action="append", metavar="TYPE", help="only this badge; may be repeated"
        )
        parser.add_argument(
            "--publish", action="store_true", help="publish badges that are new or were changed"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many would get what, and the cost"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Preview, or hand out with a progress bar."""
        badges = self.find_badges(options["badge"], publish=options["publish"])
        if options["dry_run"]:
            self.preview(badges)
            return
        now = timezone.now()
        backfills = [publish_badge(badge_id=badge.pk, actor=None, now=now) for badge in badges]
        self.work_off(backfills, verbosity=options["verbosity"])
        if options["verbosity"]:
            self.say_what_was_done([backfill.pk for backfill in backfills])

    def find_badges(self, types: list[str] | None, *, publish: bool) -> list[Badge]:
        """Return the badges to go through."""
        known = {
            badge.type: badge for badge in Badge.objects.select_related("metric").order_by("pk")
        }
        if unknown := sorted(set(types or ()) - set(known)):
            raise CommandError(f"No badge has the type {', '.join(unknown)}.")
        badges = [known[name] for name in types] if types else list(known.values())
        waiting = [badge for badge in badges if badge.state != BadgeState.PUBLISHED]
        if types and waiting and not publish:
            names = ", ".join(badge.type for badge in waiting)
            raise CommandError(f"Not published: {names}. Look with --dry-run, then use --publish.")
        return [
            badge
            for badge in badges
            if badge.is_active and badge.metric.is_active and (publish or badge not in waiting)
        ]

    def preview(self, badges: list[Badge]) -> None:
        """Say what would happen."""
        for badge in badges:
            preview = preview_badge(badge)
            self.stdout.write(
                f"{badge.type}: {preview.member_count:,} would get it, for {preview.points:,} "
                f"points; {preview.holder_count:,} hold it."
            )
        if not badges:
            self.stdout.write("No badge to hand out.")

    def work_off(self, backfills: list[BadgeBackfill], *, verbosity: int) -> None:
        """Award page by page under a bar."""
        console = Console(file=cast("TextIO", self.stderr), quiet=not verbosity)
        with Progress(console=console) as bar:
            total = sum(backfill.waiting_count for backfill in backfills)
            task = bar.add_task("Members", total=total or 1)
            ids = [backfill.pk for backfill in backfills]
            for step in backfill_to_the_end(backfill_ids=ids, now=timezone.now()):
                bar.update(task, advance=step.awarded_count if step else 0)
            bar.update(task, completed=total or 1)

    def say_what_was_done(self, backfill_ids: list[int]) -> None:
        """Say who got what."""
        done = BadgeBackfill.objects.filter(pk__in=backfill_ids).select_related("badge")
        for backfill in done.order_by("pk"):
            self.stdout.write(
                f"{backfill.badge.type}: {backfill.awarded_count:,} got it, for "
                f"{backfill.points_granted:,} points."
            )
        if not backfill_ids:
            self.stdout.write("No badge to hand out.")
