from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Upper


class KeptTrigramExtension(TrigramExtension):
    """Installs pg_trgm and leaves it in its place: others use it too."""

    def database_backwards(self, *args: Any) -> None:
        """Do nothing."""


class Migration(migrations.Migration):
    # Referrals are made while the index grows.
    atomic = False

    dependencies = [
        ("referrals", "0002_hold_referrals_for_review"),
    ]

    operations = [
        KeptTrigramExtension(),
        AddIndexConcurrently(
            model_name="referral",
            index=GinIndex(
                OpClass(Upper("email"), name="gin_trgm_ops"),
                name="referrals_referral_search",
                condition=~models.Q(email=""),
            ),
        ),
    ]
