"""WSGI entry point: the API, the admin and the pages, without sockets."""

import os

from django.core.wsgi import get_wsgi_application

from loyalty_site.api.charset import CharsetGuard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")

application = CharsetGuard(get_wsgi_application())
