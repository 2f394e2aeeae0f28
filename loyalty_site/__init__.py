"""The site: wires the four loyalty apps together and owns what none of them should know.

accounts   people, sign-in, tokens, staff groups
api        the envelope, errors, pagination and parsing every endpoint shares
realtime   the outbox, its relay and the sockets
console    the staff's admin site
testing    fixtures and storms for the tests

Apps reach these by name (settings, signals), never by import.
"""

from .celery import app as celery_app

__all__ = ["celery_app"]
