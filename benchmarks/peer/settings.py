"""As little as the peer needs, with our settings of the connection."""

import os

import dj_database_url

SECRET_KEY = "for-a-benchmark-only"  # noqa: S105 -- nobody signs in
INSTALLED_APPS = ["django.contrib.contenttypes", "dj_wallet", "benchmarks.peer"]
DATABASES = {"default": dict(dj_database_url.parse(os.environ["DATABASE_URL"]))}
DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 3}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
