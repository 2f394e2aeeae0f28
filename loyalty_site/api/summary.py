"""How much of everything there is."""

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model, Sum

from points.models import PointAccount

APP_LABELS = ("accounts", "points", "referrals", "rewards", "gamification", "realtime")


def summarise_database() -> dict[str, Any]:
    """Return the rows of every table by app and model, and what all accounts hold, in two queries.

    A model that is added later is counted without a word here.
    """
    models = [model for label in APP_LABELS for model in apps.get_app_config(label).get_models()]
    counts = dict(zip(models, count_rows(models), strict=True))
    tables: dict[str, dict[str, int]] = {label: {} for label in APP_LABELS}
    for model, rows in counts.items():
        tables[model._meta.app_label][model._meta.object_name or ""] = rows  # noqa: SLF001
    held = PointAccount.objects.aggregate(points=Sum("balance"), lifetime=Sum("lifetime_points"))
    return {
        "users": tables["accounts"]["User"],
        "accounts": tables["points"]["PointAccount"],
        "transactions": tables["points"]["PointTransaction"],
        "redemptions": tables["rewards"]["Redemption"] + tables["rewards"]["OptionRedemption"],
        "points": held["points"] or 0,
        "lifetimePoints": held["lifetime"] or 0,
        "tables": tables,
    }


def count_rows(models: list[type[Model]]) -> list[int]:
    """Return the number of rows of each model's table, all of one instant."""
    quote = connection.ops.quote_name
    tables = [quote(model._meta.db_table) for model in models]  # noqa: SLF001
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)  # noqa: S608 -- ours
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return list(cursor.fetchone())
