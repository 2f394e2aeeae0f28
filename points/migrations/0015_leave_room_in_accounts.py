"""A balance that changes stays in its page, also when all the others of the page change with it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("points", "0014_shorter_titles_of_actions")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE points_pointaccount SET (fillfactor = 50)",
            reverse_sql="ALTER TABLE points_pointaccount RESET (fillfactor)",
        ),
    ]
