"""Deposits and balance reads, over and over. Prints how many a second, or what one takes."""

import os
import random
import sys
from collections.abc import Callable
from decimal import Decimal

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peer.settings"
django.setup()

from dj_wallet.models import Wallet  # noqa: E402 -- models want Django set up
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks.costs import measure_cost  # noqa: E402
from benchmarks.peer.models import Holder  # noqa: E402
from benchmarks.rounds import call_for  # noqa: E402

HOLDERS = 20_000
WARM_UP_CALLS = 50
TOGETHER = 100


def prepare() -> None:
    """Make the tables, and holders with a wallet each."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    holders = [Holder(public_id=f"m{number}") for number in range(HOLDERS)]
    Holder.objects.bulk_create(holders, batch_size=1_000)
    kind = ContentType.objects.get_for_model(Holder)
    wallets = [Wallet(holder_type=kind, holder_id=holder.pk) for holder in holders]
    Wallet.objects.bulk_create(wallets, batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def make_call() -> Callable[[int], Decimal]:
    """Return what deposits and reads the balance, as the peer's README does both, warmed up."""
    holders = list(Holder.objects.all())

    def deposit_and_read(_: int) -> Decimal:
        holder = random.choice(holders)
        holder.deposit(5, {"description": "Benchmark"})
        return holder.balance

    for number in range(WARM_UP_CALLS):
        deposit_and_read(number)
    return deposit_and_read


def measure() -> None:
    """Print deposits with a balance read per second, from one caller."""
    print(call_for(make_call()))


def measure_together() -> None:
    """Print deposits per second, a hundred in one transaction."""
    holders = list(Holder.objects.all())

    def deposit_together(_: int) -> None:
        with transaction.atomic():
            # In one order, as whoever wants no deadlocks has to.
            for holder in sorted(random.sample(holders, TOGETHER), key=lambda holder: holder.pk):
                holder.deposit(5, {"description": "Benchmark"})

    deposit_together(0)
    print(call_for(deposit_together) * TOGETHER)


def cost() -> None:
    """Print the processor time of a deposit with a balance read: Python's, the server's."""
    found = measure_cost(make_call())
    print(found.python, found.server)


if __name__ == "__main__":
    commands = {
        "prepare": prepare,
        "measure": measure,
        "measure-together": measure_together,
        "cost": cost,
    }
    commands[sys.argv[1]]()
