"""The best correct peer written in Python, on the same server, by turns with ours."""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace

from django.utils import timezone

from points.models import PointAccount
from points.selectors import get_holdings
from points.services.postings import award_points

from .costs import Cost, measure_cost
from .databases import new_database
from .ledger import LedgerBenchmarks, new_cause
from .processes import ROOT
from .rounds import Ratio, call_for, compare

PEER = "dj-wallet==0.1.0"
TOGETHER = 100


class PeerMissing(Exception):
    """The peer cannot be measured here; the message says why."""


def measure_against_peer(ledger: LedgerBenchmarks, *, rounds: int) -> Iterator[Ratio]:
    """One award and a balance read, each from the database, and a hundred posted together.

    Raises PeerMissing.
    """
    accounts = ledger.accounts
    members = dict(PointAccount.objects.values_list("pk", "member_id"))

    def award_and_read(_: int) -> int:
        account_id = random.choice(accounts)
        award_points(account_id=account_id, amount=5, cause=new_cause(), now=timezone.now())
        return get_holdings(member_id=members[account_id], now=timezone.now()).points

    with tempfile.TemporaryDirectory() as folder, new_database("benchmark_peer") as address:
        install_peer(folder)
        environment = os.environ | {"PYTHONPATH": folder, "DATABASE_URL": address}
        run_peer("prepare", environment)
        peer = PEER.replace("==", " ")
        ratio = compare(
            work="one award and a balance read, 1 caller",
            limit=f"deposit and balance of {peer}, 1 caller",
            ours=lambda: call_for(award_and_read),
            theirs=lambda: float(run_peer("measure", environment)),
            wanted=3.0,
            rounds=rounds,
        )
        python, server = map(float, run_peer("cost", environment).split())
        yield replace(
            ratio,
            note=f"Processor time of a call: {measure_cost(award_and_read)}; "
            f"the peer's {Cost(python=python, server=server)}. The peer keeps no lots, sources, "
            "digests, levels or events (decision 13).",
        )
        yield compare(
            work=f"an activity in a report of {TOGETHER}",
            limit=f"a deposit of {peer}, {TOGETHER} in one transaction",
            ours=lambda: ledger.report_many(TOGETHER),
            theirs=lambda: float(run_peer("measure-together", environment)),
            wanted=3.0,
            rounds=rounds,
        )


def install_peer(folder: str) -> None:
    """Install the peer without what it needs, which we have. Raises PeerMissing."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--root-user-action=ignore"]
    done = subprocess.run(
        [*command, f"--target={folder}", PEER], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip does not say why"])[-1]
        raise PeerMissing(f"{PEER} could not be installed: {reason}")


def run_peer(command: str, environment: dict[str, str]) -> str:
    """Run the peer's project in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peer", command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
