"""Look into the outbox of live events, publish from it again, and forget what is old."""

import json
from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.core.serializers.json import DjangoJSONEncoder
from django.template.defaultfilters import pluralize
from django.utils import timezone
from redis.exceptions import RedisError

from loyalty_site.realtime.frames import encode_event
from loyalty_site.realtime.inspection import (
    MemberNotFound,
    OutboxStatus,
    Room,
    count_events,
    list_latest_events,
    publish_again,
    read_outbox,
)
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.publishing import count_listeners, publish_events
from loyalty_site.realtime.relay import relay_events
from loyalty_site.realtime.retention import count_old_events, prune_events

EXAMPLES = """
examples:
  outbox status                              what waits, since when, what is kept
  outbox show --member mia --from-seq 5      a member's events, with their data
  outbox show --staff --limit 5              the latest of the staff room
  outbox replay --waiting                    do the relay's work here and now
  outbox replay --member mia --from-seq 5 --to 9 --dry-run
  outbox prune --dry-run                     how many are older than LOYALTY_EVENTS_KEPT_DAYS

Replaying publishes the same frames with the same numbers and ids. A socket takes what it lacks and
drops what it was sent before, so replaying too much does no harm. A client that wants old events
once more connects with the lastSeq it wants them after.
"""
WIDTH = 24


class HelpFormatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's help with an epilogue whose lines stay as they are."""


class Command(BaseCommand):
    """One action of: status, show, replay, prune."""

    help = "Look into the outbox of live events, publish from it again, or forget what is old."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions and their options."""
        parser.formatter_class = HelpFormatter
        parser.epilog = EXAMPLES
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        status = actions.add_parser("status", help="what waits, since when, and what is kept")
        show = actions.add_parser("show", help="the latest events of a member or of the staff room")
        replay = actions.add_parser("replay", help="publish events again, or what waits now")
        prune = actions.add_parser("prune", help="forget what was sent long ago, as the job does")
        for action in (show, replay):
            room = action.add_mutually_exclusive_group(required=True)
            room.add_argument("--member", metavar="USER_ID", help="this member's events")
            room.add_argument("--staff", action="store_true", help="those of the staff room")
            if action is replay:
                room.add_argument("--waiting", action="store_true", help="all that were never sent")
            action.add_argument("--from-seq", type=int, metavar="N", help="from this number on")
            action.add_argument("--to", type=int, metavar="N", help="up to this number")
        show.add_argument("--limit", type=int, default=20, help="so many at most (default 20)")
        for action in (replay, prune):
            action.add_argument("--dry-run", action="store_true", help="only say how many")
        for action in (status, show, replay, prune):
            action.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked for."""
        try:
            getattr(self, options["action"])(options)
        except MemberNotFound as error:
            raise CommandError(f"There is no member {str(error)!r}.") from None
        except (RedisError, OSError) as error:
            raise CommandError(f"Redis does not answer: {error}") from error

    def status(self, options: dict[str, Any]) -> None:
        """Print what the outbox holds and how many processes listen."""
        now = timezone.now()
        outbox = read_outbox()
        try:
            listeners = count_listeners()
        except (RedisError, OSError):
            listeners = None
        if options["json"]:
            status = describe_status(outbox, listeners, now)
            self.stdout.write(json.dumps(status, cls=DjangoJSONEncoder))
            return
        age = get_age(outbox, now)
        since = f", the oldest for {age:,.1f} s" if age is not None else ""
        self.stdout.write(f"waiting    {outbox.waiting:,}{since}")
        first = f", from {outbox.oldest_at:%Y-%m-%d}" if outbox.oldest_at else ""
        kept = f"kept for {settings.LOYALTY_EVENTS_KEPT_DAYS} days"
        self.stdout.write(f"sent       {outbox.sent:,}{first}, {kept}")
        said = "Redis does not answer" if listeners is None else f"{listeners} with sockets"
        self.stdout.write(f"processes  {said}")
        if outbox.events:
            self.stdout.write(f"\n{'event':<{WIDTH}}{'waiting':>10}{'sent':>12}  last")
        for count in outbox.events:
            self.stdout.write(
                f"{count.event:<{WIDTH}}{count.waiting:>10,}{count.sent:>12,}"
                f"  {count.last_at:%Y-%m-%d %H:%M:%S}"
            )

    def show(self, options: dict[str, Any]) -> None:
        """Print events of a room, one to a line."""
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        events = list_latest_events(room=read_room(options), limit=options["limit"])
        for event in events:
            self.stdout.write(describe_event(event, as_json=options["json"]))
        if not events:
            self.stderr.write("There are none.")

    def replay(self, options: dict[str, Any]) -> None:
        """Publish again, or for the first time what waits."""
        if options["waiting"]:
            if options["from_seq"] or options["to"]:
                raise CommandError("Numbers belong to a member: give --member.")
            count = OutboxEvent.objects.filter(published_at=None).count()
            if not options["dry_run"]:
                count = relay_events(publish=publish_events, now=timezone.now())
        elif options["dry_run"]:
            count = count_events(room=read_room(options))
        else:
            count = publish_again(room=read_room(options), publish=publish_events)
        self.report(count, "published", options)

    def prune(self, options: dict[str, Any]) -> None:
        """Forget old events."""
        work = count_old_events if options["dry_run"] else prune_events
        self.report(work(now=timezone.now()), "forgotten", options)

    def report(self, count: int, done: str, options: dict[str, Any]) -> None:
        """Print how many events were, or would be, dealt with."""
        if options["json"]:
            self.stdout.write(json.dumps({"dryRun": options["dry_run"], "events": count}))
            return
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(f"{count:,} event{pluralize(count)} {would}{done}.")


def read_room(options: dict[str, Any]) -> Room:
    """Return whose events are meant."""
    first, last = options["from_seq"], options["to"]
    if options["member"] is None and (first is not None or last is not None):
        raise CommandError("Events of the staff room have no numbers.")
    if (first is not None and first < 1) or (last is not None and last < (first or 1)):
        raise CommandError("Numbers begin at 1, and --to is no less than --from-seq.")
    return Room(user_id=options["member"], first_seq=first or 1, last_seq=last)


def get_age(outbox: OutboxStatus, now: datetime) -> float | None:
    """Return for how many seconds the oldest event has waited; None when none does."""
    since = outbox.oldest_waiting_at
    return max(0.0, (now - since).total_seconds()) if since else None


def describe_status(outbox: OutboxStatus, listeners: int | None, now: datetime) -> dict[str, Any]:
    """Return the status as JSON has it."""
    return {
        "waiting": outbox.waiting,
        "oldestWaitingSeconds": get_age(outbox, now),
        "sent": outbox.sent,
        "oldestAt": outbox.oldest_at,
        "keptDays": settings.LOYALTY_EVENTS_KEPT_DAYS,
        "processes": listeners,
        "events": [
            {
                "event": count.event,
                "waiting": count.waiting,
                "sent": count.sent,
                "lastAt": count.last_at,
            }
            for count in outbox.events
        ],
    }


def describe_event(event: OutboxEvent, *, as_json: bool) -> str:
    """Return an event as a line: as JSON its frame and when it was sent."""
    if as_json:
        frame = json.loads(encode_event(event))
        return json.dumps(frame | {"publishedAt": event.published_at}, cls=DjangoJSONEncoder)
    number = "-" if event.seq is None else str(event.seq)
    state = "sent   " if event.published_at else "waiting"
    data = json.dumps(event.data, ensure_ascii=False)
    return f"{number:>6}  {event.created_at:%Y-%m-%d %H:%M:%S}  {state}  {event.event}  {data}"
