"""Django database backend: PostgreSQL that is started when the first connection needs it, not when settings load."""

import subprocess
from typing import Any

import psycopg

from orgdash import embedded
from orgdash.embedded.errors import StartError
from orgdash.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    _socket_directory: str | None = None  # shared by every connection of the process

    def get_connection_params(self) -> dict[str, Any]:
        if DatabaseWrapper._socket_directory is None:
            DatabaseWrapper._socket_directory = _started()
        return super().get_connection_params() | {"host": DatabaseWrapper._socket_directory}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            if embedded.is_ready():  # it is frozen, or has no connection left: no start helps
                raise
            # Stopped, killed or recovering since the last look: start it again, once.
            DatabaseWrapper._socket_directory = _started()
            return super().get_new_connection(conn_params | {"host": DatabaseWrapper._socket_directory})


def _started() -> str:
    """The socket's directory. What keeps the server from starting is an error of the database, as for any other."""
    try:
        return str(embedded.start())
    except StartError as error:
        raise psycopg.OperationalError(str(error)) from error
    except (subprocess.SubprocessError, AssertionError, OSError) as error:
        raise psycopg.OperationalError(f"the embedded PostgreSQL does not start: {error}") from error
