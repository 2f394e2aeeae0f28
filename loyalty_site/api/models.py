"""What the API itself keeps: answers to writes that may be asked for again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

KEY_LENGTH_MAX = 255


class StoredAnswer(models.Model):
    """What a write with an `Idempotency-Key` answered, committed together with what it did.

    The primary key is a digest of caller, method, path and key, so that two answers to one
    request cannot both be committed. The request's body is kept as a keyed digest only.
    """

    scope_digest = models.CharField(max_length=64, primary_key=True)
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stored_answers"
    )
    method = models.CharField(max_length=10)
    path = models.TextField()
    key = models.CharField(max_length=KEY_LENGTH_MAX)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            # A failure of ours is not an answer: it may be tried again under the same key.
            models.CheckConstraint(
                condition=Q(status__gte=200, status__lt=500), name="api_answer_status_final"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"
