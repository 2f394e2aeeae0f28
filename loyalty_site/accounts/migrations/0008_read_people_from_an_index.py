from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # People are added and changed while the index grows.
    atomic = False

    dependencies = [
        ("accounts", "0007_take_everybody_s_records_from_hosts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["id"],
                include=("public_id", "name", "is_active"),
                name="accounts_user_shown",
            ),
        ),
    ]
