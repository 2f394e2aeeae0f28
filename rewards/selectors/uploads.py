"""Reading a file that waits for a yes."""

from rewards.models import CatalogueUpload


def read_upload(name: str) -> bytes | None:
    """Return what a file holds; None when it is not kept any more."""
    content = CatalogueUpload.objects.filter(name=name).values_list("content", flat=True).first()
    return None if content is None else bytes(content)
