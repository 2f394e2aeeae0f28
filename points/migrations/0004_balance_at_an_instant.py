"""Let a balance at an instant be read from the index of versions alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('points', '0003_refused_activities'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='pointtransaction',
            name='points_transaction_version_unique',
        ),
        migrations.AddConstraint(
            model_name='pointtransaction',
            constraint=models.UniqueConstraint(fields=('account', 'version'), include=('created_at', 'balance_after'), name='points_transaction_version_unique'),
        ),
    ]
