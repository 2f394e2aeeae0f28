"""Fill a demo installation with people, a past and real purchases."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from loyalty_site.accounts.members import ensure_person
from loyalty_site.accounts.models import Role, User
from loyalty_site.demo.members import JOINED_DAYS_AGO, list_members
from loyalty_site.demo.people import PASSWORD, PEOPLE, Person
from loyalty_site.demo.shop import list_shop
from loyalty_site.demo.timeline import days_before, list_sweeps, live_through
from points.models import AuditRun, PointTransaction
from points.services.audit import audit_and_record


class Command(BaseCommand):
    """Let the demo's past happen, once, and audit it."""

    help = (
        "Fill a demo: four accounts to sign in with, two members with a year behind them, "
        "redemptions that wait and that were decided, referrals, voucher codes, purchases at every "
        "step, 6,919 more that are real, and 1,840 attended events, each posted as of its own day. "
        "All of it or nothing; a demo that has it already stays as it is."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, unless this is production: the password is public."""
        if settings.LOYALTY_MODE == "production":
            raise CommandError("The demo's password is public; production is never seeded.")
        now = timezone.now()
        if not User.objects.filter(public_id=PEOPLE[-1].public_id).exists():
            seed_past(now=now)
            if options["verbosity"]:
                self.stdout.write(f"{PointTransaction.objects.count():,} transactions posted.")
        if not AuditRun.objects.exists():
            run = audit_and_record(now=now)
            if options["verbosity"]:
                self.stdout.write(f"Audited: {run.verdict}.")


@transaction.atomic
def seed_past(*, now: datetime) -> None:
    """Make the people and live through their past and the shop's."""
    people = {person.public_id: add_person(person, now=now) for person in PEOPLE}
    moments = [
        *list_members(people=people, now=now),
        *list_shop(approver=people["approver"], now=now),
    ]
    live_through([*moments, *list_sweeps(now=now)])


def add_person(person: Person, *, now: datetime) -> User:
    """Make one of those the demo signs in as."""
    return ensure_person(
        email=person.email,
        name=person.name,
        password=PASSWORD,
        public_id=person.public_id,
        role=Role.ADMIN if person.is_superuser else Role.BUYER,
        is_staff=bool(person.is_superuser or person.group),
        is_superuser=person.is_superuser,
        groups=[person.group] if person.group else [],
        now=days_before(now, JOINED_DAYS_AGO[person.public_id]),
    )
