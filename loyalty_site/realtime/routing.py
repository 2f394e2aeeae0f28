"""Where sockets connect. With and without a trailing slash; `/rewards` is a second name."""

from django.urls import re_path

from .sockets.consumers import LiveConsumer, UnknownPathConsumer

websocket_urlpatterns = [
    re_path(r"^(?:ws|rewards)/?$", LiveConsumer.as_asgi()),
    re_path(r"", UnknownPathConsumer.as_asgi()),
]
