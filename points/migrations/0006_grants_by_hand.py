"""Count what one person granted on a day, and let some grant without a limit."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('points', '0005_remind_of_expiring_points'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='pointtransaction',
            options={'permissions': [('grant_points', 'Can grant and deduct points'), ('grant_points_without_limit', 'Can grant points without the daily limit')], 'verbose_name': 'transaction'},
        ),
        migrations.AddIndex(
            model_name='pointtransaction',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor', 'created_at'], name='points_tx_by_actor'),
        ),
    ]
