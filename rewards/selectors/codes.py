"""Reading the pools of voucher codes."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from rewards.models import CodePool, VoucherCode


def list_pools() -> QuerySet[CodePool]:
    """Return the pools, each with `left` and `handed_out`, by name."""
    return CodePool.objects.annotate(
        left=_count_codes(assigned_at__isnull=True),
        handed_out=_count_codes(assigned_at__isnull=False),
    ).order_by("name")


def has_codes_left(*, pool_id: int) -> bool:
    """Answer whether a pool has a code to hand out."""
    return VoucherCode.objects.filter(pool_id=pool_id, assigned_at__isnull=True).exists()


def map_pools_of_codes(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of the pools that hold codes, by code; new ones are missing. One query."""
    known = VoucherCode.objects.filter(code__in=list(codes)).values_list("code", "pool__name")
    return dict(known)


def _count_codes(**state: bool) -> Coalesce:
    codes = VoucherCode.objects.filter(pool=OuterRef("pk"), **state).order_by()
    counts = codes.values("pool").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), 0)
