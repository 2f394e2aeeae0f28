"""Importing purchases: the real file against a recomputation that shares nothing with the project,
and every way a file or a line can be wrong.
"""

import math
from collections import defaultdict
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from loyalty_site.accounts.models import User
from loyalty_site.imports import import_purchases
from loyalty_site.testing.storms import run_together, winners
from points.models import Activity, PointAccount, PointLot, PointTransaction
from rewards.enums import PurchaseStatus
from rewards.errors import PurchaseImported
from rewards.models import Purchase
from rewards.services.purchases import report_purchase

REAL_FILE = Path(__file__).parents[1] / "demo" / "purchases.csv"
HEADER = "purchase_id,customer,date,items,usd\n"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture
def purchases(tmp_path: Path) -> Any:
    """Return a function that writes lines under the header and gives the file's path."""

    def write(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "purchases.csv"
        path.write_text(header + "".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    return write


def run_import(path: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_purchases", str(path), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}\nCommandError: {error}"
    return out.getvalue(), err.getvalue()


def recompute(path: Path) -> dict[str, int]:
    """Return whole dollars per customer, from the text alone."""
    dollars: dict[str, int] = defaultdict(int)
    for line in path.read_text().splitlines()[1:]:
        _, customer, _, _, usd = line.split(",")
        dollars[customer] += math.floor(float(usd))
    return dict(dollars)


def level_for(points: int) -> str:
    ladder = [(5000, "platinum"), (2500, "gold"), (1000, "silver"), (0, "bronze")]
    return next(name for threshold, name in ladder if points >= threshold)


def test_the_real_purchases_give_every_customer_what_the_file_says() -> None:
    expected = recompute(REAL_FILE)
    list(import_purchases(REAL_FILE, now=timezone.now()))

    accounts = {
        account.member.public_id: account
        for account in PointAccount.objects.select_related("member", "level")
    }
    assert len(expected) == 2_357
    assert {name: account.balance for name, account in accounts.items()} == expected
    assert {name: account.lifetime_points for name, account in accounts.items()} == expected
    assert {name: account.level.name for name, account in accounts.items()} == {
        name: level_for(points) for name, points in expected.items()
    }
    assert Activity.objects.count() == 6_919
    assert sum(expected.values()) == sum(lot.remaining for lot in PointLot.objects.all())
    assert not PointLot.objects.filter(expires_at__lte=timezone.now()).exists()
    assert not PointLot.objects.filter(expires_at=None).exists()

    versions = PointTransaction.objects.count()
    [*_, again] = import_purchases(REAL_FILE, now=timezone.now())
    assert (again.imported, again.already_there, again.points) == (0, 6_919, 0)
    assert PointTransaction.objects.count() == versions
    assert User.objects.count() == 2_357


def test_the_command_says_what_it_imported(purchases: Any) -> None:
    path = purchases("P1,ann,1997-01-31,2,29.33", "P2,ann,1997-02-01,1,0.99")
    out, _ = run_import(path)
    assert "2 purchases imported for 29 points, 0 were there already." in out
    out, _ = run_import(path)
    assert "0 purchases imported for 0 points, 2 were there already." in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("P2,bob,1997-01-31,2", "expected 5 cells, found 4"),
        ("P2,bob,1997-01-31,2,5.00,6", "expected 5 cells, found 6"),
        ('P2,"bob,1997-01-31,2,5.00', "expected 5 cells, found 1"),
        (",bob,1997-01-31,2,5.00", "purchase_id"),
        ("P 2,bob,1997-01-31,2,5.00", "purchase_id"),
        ("P2,,1997-01-31,2,5.00", "customer"),
        ("P2,bo b,1997-01-31,2,5.00", "customer"),
        (f"P2,{'b' * 65},1997-01-31,2,5.00", "customer"),
        ("P2,bob\x00,1997-01-31,2,5.00", "customer"),
        ("P2,bob,31.01.1997,2,5.00", "date"),
        ("P2,bob,1997-02-30,2,5.00", "date"),
        ("P2,bob,2999-01-01,2,5.00", "date"),
        ("P2,bob,0001-01-01,2,5.00", "date"),
        ("P2,bob,1997-01-31,0,5.00", "items"),
        ("P2,bob,1997-01-31,two,5.00", "items"),
        ("P2,bob,1997-01-31,2,-5.00", "usd"),
        ("P2,bob,1997-01-31,2,5.001", "usd"),
        ("P2,bob,1997-01-31,2,1e3", "usd"),
        ("P2,bob,1997-01-31,2,NaN", "usd"),
        ("P2,bob,1997-01-31,2,\u0665.00", "usd"),
        ("P1,bob,1997-01-31,2,5.00", "this id stands on line 2 already"),
    ],
)
def test_a_bad_line_is_named_and_leaves_nothing_behind(
    purchases: Any, line: str, said: str
) -> None:
    path = purchases("P1,ann,1997-01-31,2,29.33", line, "P3,cid,1997-01-31,1,7.00")
    _, err = run_import(path)
    assert "line 3: " in err
    assert said in err
    assert "CommandError: 1 lines were left out." in err
    balances = dict(PointAccount.objects.values_list("member__public_id", "balance"))
    assert balances == {"ann": 29, "cid": 7}


def test_bytes_that_are_no_utf_8_spoil_their_line_only(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(HEADER.encode() + b"P1,b\xf6b,1997-01-31,2,5.00\nP2,ann,1997-01-31,2,5.00\n")
    _, err = run_import(path)
    assert "line 2: customer" in err
    assert PointAccount.objects.get().member.public_id == "ann"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "The first line must name the columns"),
        ("a,b,c\n", "it reads 'a,b,c'"),
        ("purchase_id,customer,date,items,usd,usd\n", "The first line must name the columns"),
    ],
)
def test_a_file_without_the_columns_is_refused(purchases: Any, header: str, said: str) -> None:
    _, err = run_import(purchases(header=header))
    assert said in err
    assert not User.objects.exists()


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    _, err = run_import(tmp_path / "nowhere.csv")
    assert "cannot be read" in err


def test_columns_may_come_in_another_order_and_with_a_byte_order_mark(purchases: Any) -> None:
    path = purchases(
        "9.50,ann,1997-01-31,2,P1", header="\ufeffusd,customer,date,items,purchase_id\n"
    )
    run_import(path)
    assert PointAccount.objects.get().balance == 9


def test_a_dry_run_checks_and_changes_nothing(purchases: Any) -> None:
    path = purchases("P1,ann,1997-01-31,2,29.33", "P2,bob,1997-01-31,0,5.00")
    out, err = run_import(path, dry_run=True)
    assert "1 of 2 purchases can be imported." in out
    assert "line 3: items" in err
    assert not User.objects.exists()


def test_an_import_that_was_stopped_is_resumed() -> None:
    batches = import_purchases(REAL_FILE, now=timezone.now())
    next(batches)
    next(batches)
    batches.close()
    [*_, totals] = import_purchases(REAL_FILE, now=timezone.now())
    assert (totals.already_there, totals.imported) == (2_000, 4_919)
    assert sum(recompute(REAL_FILE).values()) == sum(
        PointAccount.objects.values_list("balance", flat=True)
    )


def complete(purchase_id: str) -> None:
    """Report a purchase of ann's as the host would."""
    report_purchase(
        purchase_id=purchase_id,
        user_id="ann",
        amount=Decimal("29.33"),
        currency="USD",
        status=PurchaseStatus.COMPLETED,
        now=timezone.now(),
    )


def test_a_purchase_that_was_imported_cannot_be_registered(purchases: Any) -> None:
    run_import(purchases("P1,ann,1997-01-31,2,29.33"))

    with pytest.raises(PurchaseImported):
        complete("P1")

    assert not Purchase.objects.exists()
    assert PointAccount.objects.get().balance == 29


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_purchase_that_the_host_registered_is_not_imported(
    make_member: Any, purchases: Any, dry_run: bool
) -> None:
    make_member("ann")
    complete("P1")

    out, err = run_import(
        purchases("P1,ann,1997-01-31,2,29.33", "P2,ann,1997-01-31,2,5.00"), dry_run=dry_run
    )

    assert "line 2: the host registered this purchase" in err
    assert "1 of 2 purchases can be" in out if dry_run else "1 purchases imported" in out
    assert PointAccount.objects.get().balance == (29 if dry_run else 34)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_purchase_that_comes_both_ways_at_once_pays_once(
    make_member: Any, purchases: Any
) -> None:
    make_member("ann")
    ids = [f"P{n}" for n in range(6)]
    path = purchases(*(f"{purchase_id},ann,1997-01-31,2,29.33" for purchase_id in ids))

    def pay(process: int) -> int:
        if process % 2:
            return list(import_purchases(path, now=timezone.now()))[-1].imported
        done = 0
        for purchase_id in ids:
            try:
                complete(purchase_id)
            except PurchaseImported:
                continue
            done += 1
        return done

    results = run_together(6, pay)

    assert len(winners(results)) == 6
    assert PointAccount.objects.get().balance == 29 * len(ids)
    assert Activity.objects.count() == len(ids)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_count_every_purchase_once() -> None:
    def import_all(_: int) -> int:
        return list(import_purchases(REAL_FILE, now=timezone.now()))[-1].imported

    results = run_together(2, import_all)
    assert sum(winners(results)) == 6_919
    expected = recompute(REAL_FILE)
    assert dict(PointAccount.objects.values_list("member__public_id", "balance")) == expected
