"""What keeps the embedded PostgreSQL from running."""


class StartError(Exception):
    """Why the server cannot run here, and what to do, in words."""
