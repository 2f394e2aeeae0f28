"""Load the programme a fresh installation starts with."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

import loyalty_site.programme
from gamification.services.boards import install_leaderboards
from gamification.services.programme import install_badges, install_metrics
from points.services.programme import install_actions, install_levels
from rewards.services.catalogue import install_rewards
from rewards.services.options import install_options

# Each file of loyalty_site/programme and the service that installs its rows, in this order:
# badges and boards name metrics, metrics name actions.
INSTALLERS: dict[str, Callable[..., int]] = {
    "levels": install_levels,
    "actions": install_actions,
    "metrics": install_metrics,
    "badges": install_badges,
    "leaderboards": install_leaderboards,
    "rewards": install_rewards,
    "options": install_options,
}


class Command(BaseCommand):
    """Install whatever of the programme is not there yet."""

    help = (
        "Load the levels, the 43 actions, the 14 badges, the six leaderboards, the reward "
        "catalogue and the options to redeem by type. Adds what is missing and leaves what is "
        "there alone, so it never undoes a change made by staff."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Install everything, or nothing."""
        folder = Path(loyalty_site.programme.__file__).parent
        with transaction.atomic():
            for name, install in INSTALLERS.items():
                with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                    added = install(rows=csv.DictReader(file))
                if options["verbosity"]:
                    self.stdout.write(f"{name}: {added} added")
