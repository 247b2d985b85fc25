"""What a JSON endpoint answers instead of what was asked. Reading a body needs it, and knows no guard."""


class ApiError(Exception):
    """An answer other than 200 of a JSON endpoint: `status`, and the body's `code`, `detail` and perhaps `errors`.

    `retry_after` is in seconds.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: tuple[dict[str, str], ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors
        self.retry_after = retry_after
