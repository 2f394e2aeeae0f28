"""The catalogue in and out as a CSV file: upload, see what it comes to, confirm."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.forms import ImportForm
from import_export.tmp_storages import BaseStorage

from points.admin import make_message
from rewards.selectors.uploads import read_upload
from rewards.serializers.catalogue_file import (
    COLUMNS,
    CatalogueCsv,
    RewardResource,
    UnreadableFile,
)
from rewards.services.uploads import forget_upload, keep_upload

FILE_BYTES_MAX = 2_000_000
FAULTS_SHOWN_MAX = 50
REPR_LENGTH_MAX = 200


class CatalogueFileForm(ImportForm):
    """The file, of a size that can be looked at while somebody waits."""

    def clean_import_file(self) -> UploadedFile:
        """Refuse a file that is too large to be a catalogue."""
        file: UploadedFile = self.cleaned_data["import_file"]
        if (file.size or 0) > FILE_BYTES_MAX:
            raise ValidationError("The file is larger than 2 MB.")
        return file


class UploadStorage(BaseStorage):
    """Where a file is between upload and yes: in the database, which loses nothing."""

    def save(self, data: bytes) -> None:
        """Keep a file, which gets its name so."""
        self.name = keep_upload(content=data, now=timezone.now())

    def read(self) -> bytes | None:
        """Return the file; None when it is not kept any more."""
        return read_upload(self.name)

    def remove(self) -> None:
        """Let go of it."""
        forget_upload(name=self.name)


class CatalogueFileMixin(ImportExportMixin):
    """Adds the pages of the file to the catalogue."""

    resource_classes = [RewardResource]
    import_formats = export_formats = [CatalogueCsv]
    import_form_class = CatalogueFileForm
    import_template_name = "admin/rewards/reward/import.html"
    skip_export_form = True
    tmp_storage_class = UploadStorage
    to_encoding = "utf-8"

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Allow whoever may both add and change rewards."""
        return request.user.has_perms(["rewards.add_reward", "rewards.change_reward"])

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Allow whoever may read rewards."""
        return request.user.has_perm("rewards.view_reward")

    def get_export_filename(self, *args: Any) -> str:
        """Return the file's name."""
        return "catalogue.csv"

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Import a file whole or not at all."""
        wanted: dict[str, Any] = super().get_import_data_kwargs(**kwargs)
        return {**wanted, "rollback_on_validation_errors": True}

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a file's columns, how many faults a page shows, and the way back to the list."""
        return {
            **super().get_import_context_data(**kwargs),
            "columns": COLUMNS,
            "faults_max": FAULTS_SHOWN_MAX,
            "list_url": reverse("admin:rewards_reward_changelist"),
        }

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say why the file is no catalogue."""
        if not isinstance(e, UnreadableFile):
            raise e
        form.add_error("import_file", str(e))

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import what was confirmed; a file that is not kept any more has to come again."""
        try:
            response: HttpResponse = super().process_import(request, **kwargs)
        except UnreadableFile as error:
            return self._ask_again(request, [str(error)])
        if isinstance(response, TemplateResponse):
            # The library shows its form again when what was sent is none of ours.
            return self._ask_again(request, ["The file was not found. Upload it again."])
        return response

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Say what was imported, or why nothing was: somebody may have been faster."""
        if faults := result.list_faults():
            return self._ask_again(request, ["Nothing was imported.", *faults[:FAULTS_SHOWN_MAX]])
        response: HttpResponse = super().process_result(result, request)
        return response

    def generate_log_entries(self, result: Any, request: HttpRequest) -> None:
        """Write into each reward's history what its line changed, from what to what."""
        person: Any = request.user
        content_type = ContentType.objects.get_for_model(self.model)
        LogEntry.objects.bulk_create(
            LogEntry(
                user=person,
                content_type=content_type,
                object_id=row.object_id,
                object_repr=row.object_repr[:REPR_LENGTH_MAX],
                action_flag=ADDITION if row.is_new() else CHANGE,
                change_message=json.dumps(
                    [{"added": {}}] if row.is_new() else make_message(_list_values(row.changes))
                ),
            )
            for row in result
            if row.is_new() or row.is_update()
        )

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        """Say what became of the lines."""
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        messages.success(
            request, f"Imported: {new:,} new, {changed:,} changed, {same:,} as before."
        )

    def _ask_again(self, request: HttpRequest, sentences: list[str]) -> HttpResponse:
        for sentence in sentences:
            messages.error(request, sentence)
        return HttpResponseRedirect(reverse("admin:rewards_reward_import"))


def _list_values(changes: list[Any]) -> list[dict[str, str]]:
    return [
        {
            "field": change.column,
            "label": change.column.replace("_", " ").capitalize(),
            "from": change.before,
            "to": change.after,
        }
        for change in changes
    ]
