"""Everything that was redeemed, from the catalogue and by type, as one list for staff."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import CharField, DecimalField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from rewards.enums import CATALOGUE_TYPE, RedemptionStatus
from rewards.models import OptionRedemption, Redemption, RewardOption

Rows = QuerySet[Any, dict[str, Any]]

SHARED_COLUMNS = {
    "user_id": F("member__public_id"),
    # As `User.display_name`.
    "name": Coalesce(NullIf(F("member__name"), Value("")), F("member__public_id")),
    "email": F("member__email"),
    "created_at": F("redeemed_at"),
}
CATALOGUE_COLUMNS = SHARED_COLUMNS | {
    "kind": Cast(Value(CATALOGUE_TYPE), CharField(max_length=32)),
    "title": F("reward__title"),
    "worth": Cast(Value(None), DecimalField(max_digits=12, decimal_places=2)),
    "unit": Cast(Value(None), CharField(max_length=3)),
    "stands": F("status"),
}
TYPE_COLUMNS = SHARED_COLUMNS | {
    "kind": F("option__type"),
    "title": F("option__name"),
    "worth": F("value"),
    "unit": F("currency"),
    "stands": Cast(Value(RedemptionStatus.COMPLETED.value), CharField(max_length=10)),
}


def list_types() -> list[str]:
    """Return every type a redemption can be of: the catalogue's and those of all options."""
    return [CATALOGUE_TYPE, *RewardOption.objects.order_by("id").values_list("type", flat=True)]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The redemptions of one table, and what each of them is in a row of both."""

    found: QuerySet[Any]
    columns: dict[str, Any]

    def list_keys(self) -> Rows:
        """Return what a row is put in order by, and nothing else."""
        rows: Rows = self.found.values("id", "points", created_at=F("redeemed_at"))
        return rows

    def list_rows(self, *, keys: Collection[Any] | None = None) -> Rows:
        """Return whole rows, of all that were found or of some."""
        found = self.found if keys is None else self.found.filter(pk__in=keys)
        rows: Rows = found.values("id", "points", **self.columns)
        return rows


@dataclass(frozen=True, kw_only=True)
class AllRedemptions:
    """Redemptions of both kinds as dicts, to be put in order, counted and cut into pages.

    For a page each table is read in the order asked for and no further than its end; members and
    titles are joined to the page alone. A database that is given the union of whole rows joins and
    sorts every one of them first.

    Keys of a row: id, points, user_id, name, email, kind, title, worth, unit, stands, created_at.
    What is redeemed by type is COMPLETED at once; a catalogue redemption has no value.
    """

    kinds: list[Kind]
    ordering: tuple[str, ...] = ("-created_at", "-id")

    def order_by(self, *ordering: str) -> "AllRedemptions":
        """Return them in another order."""
        return replace(self, ordering=ordering)

    def count(self) -> int:
        """Return how many there are. One query for each kind."""
        return sum(kind.found.count() for kind in self.kinds)

    def __getitem__(self, page: slice) -> list[dict[str, Any]]:
        heads = [kind.list_keys().order_by(*self.ordering)[: page.stop] for kind in self.kinds]
        keys = [row["id"] for row in self._merge(heads)[page]]
        rows = self._merge([kind.list_rows(keys=keys) for kind in self.kinds])
        return list(rows.order_by(*self.ordering))

    def iterator(self, *, chunk_size: int) -> Iterator[dict[str, Any]]:
        """Read all of them, so many at a time."""
        rows = self._merge([kind.list_rows() for kind in self.kinds])
        return rows.order_by(*self.ordering).iterator(chunk_size=chunk_size)

    def _merge(self, parts: list[Rows]) -> Rows:
        first, *others = parts
        return first.union(*others, all=True).order_by(*self.ordering) if others else first


def list_all_redemptions(
    *,
    type: str = "",  # noqa: A002 -- the option's own word
    status: str = "",
    search: str = "",
    redeemed_from: datetime | None = None,
    redeemed_until: datetime | None = None,
) -> AllRedemptions:
    """Return the redemptions of both kinds, narrowed, the newest first.

    `search` is a literal part of the member's id, name or e-mail, in any case; the times are
    half-open.
    """
    narrowed = Q()
    if search:
        narrowed &= (
            Q(member__public_id__icontains=search)
            | Q(member__name__icontains=search)
            | Q(member__email__icontains=search)
        )
    if redeemed_from:
        narrowed &= Q(redeemed_at__gte=redeemed_from)
    if redeemed_until:
        narrowed &= Q(redeemed_at__lt=redeemed_until)
    kinds = []
    if type in ("", CATALOGUE_TYPE):
        found = Redemption.objects.filter(narrowed, Q(status=status) if status else Q())
        kinds.append(Kind(found=found, columns=CATALOGUE_COLUMNS))
    if type != CATALOGUE_TYPE and (type or status in ("", RedemptionStatus.COMPLETED)):
        by_type = OptionRedemption.objects.filter(narrowed, Q(option__type=type) if type else Q())
        if status not in ("", RedemptionStatus.COMPLETED):
            by_type = by_type.none()
        kinds.append(Kind(found=by_type, columns=TYPE_COLUMNS))
    return AllRedemptions(kinds=kinds)
