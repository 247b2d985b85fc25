"""Django database backend: PostgreSQL that is started when the first connection needs it, not when settings load."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from orgdash import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    _socket_directory: str | None = None  # shared by every connection of the process

    def get_connection_params(self) -> dict[str, Any]:
        if DatabaseWrapper._socket_directory is None:
            DatabaseWrapper._socket_directory = str(embedded.start())
        return super().get_connection_params() | {"host": DatabaseWrapper._socket_directory}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            # Stopped, killed or recovering since the last look: start it again, once.
            DatabaseWrapper._socket_directory = str(embedded.start())
            return super().get_new_connection(conn_params | {"host": DatabaseWrapper._socket_directory})
