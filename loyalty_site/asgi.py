"""ASGI entry point: the API, the admin, the pages and the sockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

from loyalty_site.api.body_limit import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")

django_application = get_asgi_application()

# Consumers import models, so only once Django is set up.
from loyalty_site.realtime.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {"http": BodyLimit(django_application), "websocket": URLRouter(websocket_urlpatterns)}
)
