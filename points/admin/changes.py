"""What staff changed, from what to what.

Django's history names the fields that were changed. Here each is followed by its values: the one
the form began with, and the one that stands in the database once it was saved. People read them in
the sentence; under `values` they stand whole, for whoever reads the log by machine.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.forms import BaseModelForm
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime

NOTHING = "nothing"
SHOWN_LENGTH_MAX = 80


class KeepsChanges(admin.ModelAdmin):
    """An admin whose history says of every changed field what it was before and is now."""

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: Any = False,  # noqa: FBT002 -- Django's signature
    ) -> list[dict[str, Any]]:
        """Return Django's message, with the values."""
        message: list[dict[str, Any]] = super().construct_change_message(
            request, form, formsets, add
        )
        changed = [entry["changed"] for entry in message if "changed" in entry]
        for entry, each in zip(changed, _list_changed_forms(form, formsets, add), strict=True):
            if values := _list_values(each):
                known = {value["field"] for value in values}
                others = [_label(each, name) for name in each.changed_data if name not in known]
                entry["fields"] = [*map(describe_change, values), *others]
                entry["values"] = values
        return message


def make_change_message(
    field: str, *, label: str, before: str, after: str, reason: str = ""
) -> list[dict[str, Any]]:
    """Return the message about one field that was changed by a button and not by a form."""
    value = {"field": field, "label": label, "from": before, "to": after}
    message = make_message([value])
    if reason:
        message[0]["changed"]["fields"] = [
            f"{describe_change(value)}. Reason: {reason}".rstrip(".")
        ]
    return message


def make_message(values: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the message about values that were changed: `field`, `label`, `from` and `to`."""
    return [{"changed": {"fields": [*map(describe_change, values)], "values": values}}]


def describe_change(value: dict[str, str]) -> str:
    """Return a changed field as people read it: `Points from 10 to 15`."""
    before, after = (
        Truncator(value[side]).chars(SHOWN_LENGTH_MAX) or NOTHING for side in ("from", "to")
    )
    return f"{value['label']} from {before} to {after}"


def _list_changed_forms(form: Any, formsets: Any, add: Any) -> Iterator[Any]:
    """Yield the forms that Django's message has a "changed" for, in its order."""
    if form.changed_data and not add:
        yield form
    for formset in formsets or ():
        forms = {id(each.instance): each for each in formset.initial_forms}
        for changed, _ in formset.changed_objects:
            yield forms[id(changed)]


def _list_values(form: Any) -> list[dict[str, str]]:
    """Return what a model's form changed; nothing of a form that is no model's (a password's)."""
    if not isinstance(form, BaseModelForm) or not form.changed_data:
        return []
    model = type(form.instance)
    # As it was written: a service may have made something else of what the form says.
    now = model._default_manager.get(pk=form.instance.pk)  # noqa: SLF001 -- Django documents it
    values = []
    for name in form.changed_data:
        try:
            field = model._meta.get_field(name)  # noqa: SLF001 -- Django documents it
        except FieldDoesNotExist:
            continue
        before, after = form.initial.get(name), field.value_from_object(now)
        values.append(
            {
                "field": name,
                "label": _label(form, name),
                "from": _show(field, before),
                "to": _show(field, after),
            }
        )
    return values


def _label(form: Any, name: str) -> str:
    label = form.fields[name].label if name in form.fields else None
    return str(label or name)


def _show(field: Any, value: Any) -> str:
    """Return a field's value as people read it; an empty one is an empty text."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(field, models.ManyToManyField):
        return ", ".join(sorted(map(str, value)))
    if isinstance(field, models.ForeignKey):
        manager = field.remote_field.model._default_manager  # noqa: SLF001 -- Django documents it
        return str(manager.filter(pk=value).first() or value)
    return str(dict(field.flatchoices).get(value, value)) if field.choices else _write(value)


def _write(value: Any) -> str:
    match value:
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case datetime():
            text = date_format(localtime(value), "DATETIME_FORMAT")
        case date():
            text = date_format(value, "DATE_FORMAT")
        case list() | dict():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text
