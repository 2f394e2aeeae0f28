"""Members read an action's description as the title of what they did; two told a rule instead.

A row staff have worded anew stays as it is, both ways.
"""

from django.db import migrations

TITLES = {
    "PURCHASE": ("Make a purchase, a point for every whole unit of its amount", "Make a purchase"),
    "SPECIAL_EVENT": ("A special occasion, worth the points it is given", "A special occasion"),
}


def shorten(apps, schema_editor):
    for code, (rule, title) in TITLES.items():
        reword(apps, code, before=rule, after=title)


def lengthen(apps, schema_editor):
    for code, (rule, title) in TITLES.items():
        reword(apps, code, before=title, after=rule)


def reword(apps, code, *, before, after):
    actions = apps.get_model("points", "PointAction").objects
    actions.filter(code=code, description=before).update(description=after)


class Migration(migrations.Migration):
    dependencies = [("points", "0013_take_from_the_first_lots")]

    operations = [migrations.RunPython(shorten, lengthen, elidable=True)]
