"""Fold scores again from the logs."""

from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from gamification.models import Metric
from gamification.services.rebuilding import (
    drop_scores_of_no_metric,
    rebuild_member,
    rebuild_metrics,
)
from points.errors import MemberNotFound
from points.models import PointAccount
from points.services.accounts import get_account_id


class Command(BaseCommand):
    """Derive scores, seen values and streak days anew from the logs."""

    help = (
        "Fold scores again from the logs: all of them, one metric's or one member's. The result "
        "is what stood there before, unless somebody changed the scores by hand or the rules. "
        "Members may go on meanwhile; stopped, it is finished by the worker. Run it after "
        "LOYALTY_TIME_ZONE has changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--metric", action="append", metavar="CODE", help="only this metric; may be repeated"
        )
        parser.add_argument("--member", metavar="USERID", help="only this member")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild with a progress bar."""
        metric_ids = self.find_metrics(options["metric"])
        if options["member"] is not None:
            row_count = self.rebuild_one(options["member"], metric_ids)
            members = f"member {options['member']}"
        else:
            row_count = self.rebuild_all(metric_ids, verbosity=options["verbosity"])
            if not options["metric"]:
                drop_scores_of_no_metric()
            members = "all members"
        if options["verbosity"]:
            metrics = f"{len(metric_ids):,} metric{'' if len(metric_ids) == 1 else 's'}"
            self.stdout.write(f"{metrics} of {members} folded again from {row_count:,} rows.")

    def find_metrics(self, codes: list[str] | None) -> list[int]:
        """Return the keys of the metrics with these codes, or of all."""
        metrics = dict(Metric.objects.order_by("pk").values_list("code", "pk"))
        if unknown := sorted(set(codes or ()) - set(metrics)):
            known = ", ".join(sorted(metrics)) or "none"
            raise CommandError(f"No metric has the code {', '.join(unknown)}. There are: {known}.")
        return [metrics[code] for code in codes] if codes else list(metrics.values())

    def rebuild_one(self, user_id: str, metric_ids: list[int]) -> int:
        """Rebuild one member's scores; return how many rows of the logs that took."""
        try:
            account_id = get_account_id(user_id)
        except MemberNotFound:
            raise CommandError(f"No member has the userId {user_id}.") from None
        return rebuild_member(account_id=account_id, metric_ids=metric_ids).row_count

    def rebuild_all(self, metric_ids: list[int], *, verbosity: int) -> int:
        """Rebuild everybody's scores; return how many rows of the logs that took."""
        row_count = 0
        console = Console(file=cast("TextIO", self.stderr), quiet=not verbosity)
        with Progress(console=console) as bar:
            task = bar.add_task("Members", total=PointAccount.objects.count() or 1)
            for step in rebuild_metrics(metric_ids=metric_ids):
                row_count += step.row_count
                bar.update(task, advance=step.account_count)
            bar.update(task, completed=bar.tasks[0].total)
        return row_count
