"""Keeping a file of the catalogue until somebody says yes to it."""

import secrets
from datetime import datetime, timedelta

from rewards.models import CatalogueUpload

UPLOAD_KEPT = timedelta(days=1)
NAME_BYTES = 16


def keep_upload(*, content: bytes, now: datetime) -> str:
    """Keep a file and return its name. Files nobody said yes to for a day are let go of."""
    CatalogueUpload.objects.filter(uploaded_at__lt=now - UPLOAD_KEPT).delete()
    upload = CatalogueUpload.objects.create(
        name=secrets.token_hex(NAME_BYTES), content=content, uploaded_at=now
    )
    return upload.name


def forget_upload(*, name: str) -> None:
    """Let go of a file, if it is there."""
    CatalogueUpload.objects.filter(name=name).delete()
