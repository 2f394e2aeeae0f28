"""What a transaction may be, said in fewer words: each statement reads them anew.

What stands is judged by the next migration but one, without holding up who posts.
"""

from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0016_award_each_by_sets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="pointtransaction",
            name="points_transaction_sign_fits_type",
        ),
        migrations.RemoveConstraint(
            model_name="pointtransaction",
            name="points_transaction_reversal_names_original",
        ),
        AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Func(
                            models.F("type"),
                            output_field=models.BooleanField(),
                            template="%(expressions)s = ANY ('{earn,admin_grant,reversal}'::text[])",
                        ),
                        ("amount__gt", 0),
                    ),
                    models.Q(
                        models.Func(
                            models.F("type"),
                            output_field=models.BooleanField(),
                            template="%(expressions)s = ANY ('{spend,expire,admin_deduct,penalty}'::text[])",
                        ),
                        ("amount__lt", models.F("shortfall")),
                        ("amount__lte", 0),
                    ),
                    _connector="OR",
                ),
                name="points_transaction_sign_fits_type",
            ),
        ),
        AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    models.Q(("type", "reversal")),
                    models.Q(("reversal_of__isnull", False)),
                    arg_joiner=") = (",
                    output_field=models.BooleanField(),
                    template="(%(expressions)s)",
                ),
                name="points_transaction_reversal_names_original",
            ),
        ),
    ]
