from typing import Any

from django.db import migrations

GROUP = "host"
# Given to hosts once, before `points.serve_members` was made for them.
TAKEN = (
    ("points", "view_pointaccount"),
    ("points", "view_pointtransaction"),
    ("rewards", "view_optionredemption"),
)


def take_back(apps: Any, schema_editor: Any) -> None:
    """Leave hosts without what staff read everybody's records by."""
    grants = apps.get_model("auth", "Group").permissions.through.objects
    for app_label, codename in TAKEN:
        grants.using(schema_editor.connection.alias).filter(
            group__name=GROUP,
            permission__codename=codename,
            permission__content_type__app_label=app_label,
        ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_list_changes_by_staff"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]
