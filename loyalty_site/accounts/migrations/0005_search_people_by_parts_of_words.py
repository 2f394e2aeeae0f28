from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations
from django.db.models.functions import Upper


class KeptTrigramExtension(TrigramExtension):
    """Installs pg_trgm and leaves it in its place: it may have been there before, for others."""

    def database_backwards(self, *args: Any) -> None:
        """Do nothing."""


class Migration(migrations.Migration):
    # People are added and changed while the index grows.
    atomic = False

    dependencies = [
        ("accounts", "0004_api_keys"),
    ]

    operations = [
        KeptTrigramExtension(),
        AddIndexConcurrently(
            model_name="user",
            index=GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("public_id"), name="gin_trgm_ops"),
                name="accounts_user_search",
            ),
        ),
    ]
