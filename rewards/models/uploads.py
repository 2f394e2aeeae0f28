"""Files that wait for a yes."""

from django.db import models

UPLOAD_NAME_LENGTH = 32


class CatalogueUpload(models.Model):
    """A file of the catalogue between its preview and the yes, under a name nobody can guess.

    It lives in the database because whoever uploaded it may not lose it, which a cache may.
    """

    name = models.CharField(max_length=UPLOAD_NAME_LENGTH, primary_key=True)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"upload of {self.uploaded_at:%Y-%m-%d %H:%M}"
