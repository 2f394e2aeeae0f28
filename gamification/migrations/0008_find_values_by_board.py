from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Scores are written while the index grows.
    atomic = False

    dependencies = [
        ("gamification", "0007_mark_boards_in_one_pass"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="metricscore",
            index=models.Index(
                fields=["metric", "period_kind", "period_start", "member"],
                include=("value",),
                name="gamification_score_own",
            ),
        ),
    ]
