"""Transactions that stand are judged by the shorter conditions, while others are posted."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("points", "0018_read_what_stands_when_it_does")]

    operations = [
        ValidateConstraint("pointtransaction", "points_transaction_sign_fits_type"),
        ValidateConstraint("pointtransaction", "points_transaction_reversal_names_original"),
    ]
