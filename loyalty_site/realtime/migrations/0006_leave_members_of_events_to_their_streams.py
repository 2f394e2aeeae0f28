"""An event's member is vouched for by the member's stream, which numbers it in its own statement."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('realtime', '0005_look_up_members_of_a_batch'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='outboxevent',
            name='member',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='Empty for the staff room.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='outbox_events', to=settings.AUTH_USER_MODEL),
        ),
    ]
