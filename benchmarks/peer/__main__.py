"""One deposit and a balance read, over and over. Prints how many a second."""

import os
import random
import sys
from decimal import Decimal

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peer.settings"
django.setup()

from dj_wallet.models import Wallet  # noqa: E402 -- models want Django set up
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.peer.models import Holder  # noqa: E402
from benchmarks.rounds import call_for  # noqa: E402

HOLDERS = 20_000
WARM_UP_CALLS = 50


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


def measure() -> None:
    """Print deposits with a balance read per second, from one caller, as its README does both."""
    holders = list(Holder.objects.all())

    def deposit_and_read(_: int) -> Decimal:
        holder = random.choice(holders)
        holder.deposit(5, {"description": "Benchmark"})
        return holder.balance

    for number in range(WARM_UP_CALLS):
        deposit_and_read(number)
    print(call_for(deposit_and_read))


if __name__ == "__main__":
    {"prepare": prepare, "measure": measure}[sys.argv[1]]()
