"""Reading instants by the standard library; the driver takes ten times as long."""

from datetime import datetime, tzinfo
from functools import lru_cache

from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap


class InstantLoader(BaseTzLoader):
    """Reads what PostgreSQL prints of an instant; `timezone` is the session's, as for Django's."""

    def load(self, data: Buffer) -> datetime:
        """Return the instant. Raises DataError for what Python has none for."""
        try:
            instant = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            # The driver knows why not.
            refused: datetime = super().load(data)
            return refused
        return instant.replace(tzinfo=self.timezone)


@lru_cache
def read_instants(adapters: AdaptersMap, timezone: tzinfo) -> AdaptersMap:
    """Return the same ways to read and write values, but for instants."""
    loader = type("SessionInstantLoader", (InstantLoader,), {"timezone": timezone})
    own = AdaptersMap(adapters)
    own.register_loader("timestamptz", loader)
    return own
