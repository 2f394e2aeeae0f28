"""The projector's PL/pgSQL and how migrations load it: `load_sql(name, folder=SQL_FOLDER)`."""

from pathlib import Path

SQL_FOLDER = Path(__file__).parent
