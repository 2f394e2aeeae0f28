"""Derive the books again and say where they differ."""

import json
from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any, TextIO, cast

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from points.errors import MemberNotFound
from points.services.accounts import get_account_id, get_member
from points.services.audit import (
    AuditPass,
    Finding,
    FirstFindings,
    PassResult,
    Scope,
    Verdict,
    audit_ledger,
    judge,
    list_passes,
    record_audit,
)

NAME_WIDTH = 28
EXIT_STATUSES = {Verdict.OK: 0, Verdict.DRIFT: 1, Verdict.INCOMPLETE: 2}
EXPLANATION = """
The last line is the verdict, and so is the exit status:
  0  OK          every pass ran to its end and found nothing
  1  DRIFT       something differs; each difference is a line of its own
  2  INCOMPLETE  a pass could not run to its end, so nothing is said of what it promises

--json prints one object per line: {"pass", "subject", "problem"} for each finding, and last the
summary {"verdict", "findings", "rows", "passes": [{"name", "rows", "findings", "error"}]}.

The passes, and what each promises:
"""


class HelpFormatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's help with an epilogue whose lines stay as they are."""


class Command(BaseCommand):
    """Run every pass of the audit over one snapshot."""

    help = (
        "Derive balances, lots, levels and the rest again from the rows that are only ever added, "
        "and name every place that differs. Reads one snapshot while the site goes on working, and "
        "never changes or repairs anything. An audit of everything is shown on the console."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options and what the passes promise."""
        parser.formatter_class = HelpFormatter
        promises = [f"  {each.name:<{NAME_WIDTH}}{each.promise}" for each in list_passes()]
        parser.epilog = EXPLANATION + "\n".join(promises)
        parser.add_argument("--member", metavar="USER_ID", help="only this member")
        parser.add_argument("--json", action="store_true", help="print JSON, an object per line")
        parser.add_argument(
            "--no-record", action="store_true", help="leave no record for the console"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Audit, with a progress bar, and end with the verdict."""
        started_at = timezone.now()
        scope = self.read_scope(options["member"])
        console = Console(file=cast("TextIO", self.stderr), quiet=options["verbosity"] == 0)
        with make_progress(console) as progress:
            reporter = Reporter(self, progress, as_json=options["json"])
            results = audit_ledger(scope=scope, listener=reporter)
        verdict = judge(results)
        if options["member"] is None and not options["no_record"]:
            self.record(results, reporter.examples, started_at)
        if options["json"]:
            self.print_json(results, verdict)
        else:
            self.print_summary(results, verdict)
        if verdict is not Verdict.OK:
            raise SystemExit(EXIT_STATUSES[verdict])

    def read_scope(self, user_id: str | None) -> Scope:
        """Return whose rows to look at."""
        if user_id is None:
            return Scope()
        try:
            return Scope(account_id=get_account_id(user_id), member_id=get_member(user_id).pk)
        except MemberNotFound:
            raise CommandError(
                f"INCOMPLETE: there is no member {user_id!r} with an account.",
                returncode=EXIT_STATUSES[Verdict.INCOMPLETE],
            ) from None

    def record(
        self, results: list[PassResult], examples: list[dict[str, str]], started_at: datetime
    ) -> None:
        """Keep what came of it for the console; a role or a server that only reads cannot."""
        try:
            record_audit(results=results, examples=examples, started_at=started_at)
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            self.stderr.write(f"The console will not show this audit: {reason}")

    def print_summary(self, results: list[PassResult], verdict: Verdict) -> None:
        """Print a line for each pass, and the verdict."""
        for result in results:
            said = f"{result.findings:,} findings" if result.findings else "as promised"
            if result.error:
                said = f"NOT FINISHED: {result.error} ({result.findings:,} findings until then)"
            self.stdout.write(f"{result.name:<{NAME_WIDTH}}{result.rows:>12,} rows  {said}")
        findings = sum(result.findings for result in results)
        unfinished = [result.name for result in results if result.error]
        match verdict:
            case Verdict.OK:
                self.stdout.write(f"OK: {len(results)} passes ran and found nothing.")
            case Verdict.DRIFT:
                self.stdout.write(f"DRIFT: {len(results)} passes ran, {findings:,} findings.")
            case Verdict.INCOMPLETE:
                self.stdout.write(
                    f"INCOMPLETE: {len(unfinished)} of {len(results)} passes could not finish "
                    f"({', '.join(unfinished)}), {findings:,} findings."
                )

    def print_json(self, results: list[PassResult], verdict: Verdict) -> None:
        """Print the summary as the last object."""
        passes = [
            {
                "name": result.name,
                "rows": result.rows,
                "findings": result.findings,
                "error": result.error or None,
            }
            for result in results
        ]
        summary = {
            "verdict": verdict.value,
            "findings": sum(result.findings for result in results),
            "rows": sum(result.rows for result in results),
            "passes": passes,
        }
        self.stdout.write(json.dumps(summary))


class Reporter(FirstFindings):
    """Shows the progress and prints each finding at once."""

    def __init__(self, command: Command, progress: Progress, *, as_json: bool) -> None:
        super().__init__()
        self.command = command
        self.progress = progress
        self.as_json = as_json
        self.task: TaskID | None = None

    def begin(self, audit_pass: AuditPass) -> None:
        """Show the pass."""
        self.task = self.progress.add_task(audit_pass.name, total=None)

    def expect(self, audit_pass: AuditPass, rows: int) -> None:
        """Show how much there is to look at."""
        if self.task is not None:
            self.progress.update(self.task, total=rows)

    def see(self, audit_pass: AuditPass, rows: int) -> None:
        """Move the bar."""
        if self.task is not None:
            self.progress.advance(self.task, rows)

    def find(self, audit_pass: AuditPass, finding: Finding) -> None:
        """Print the finding."""
        super().find(audit_pass, finding)
        if self.as_json:
            line = json.dumps(
                {
                    "pass": audit_pass.name,
                    "subject": finding.subject,
                    "problem": finding.problem,
                }
            )
        else:
            line = f"{audit_pass.name}: {finding}"
        self.command.stdout.write(line)

    def end(self, result: PassResult) -> None:
        """Stop the clock of the pass."""
        if self.task is not None:
            self.progress.stop_task(self.task)


def make_progress(console: Console) -> Progress:
    """Return a progress display that leaves standard output alone."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
    )
