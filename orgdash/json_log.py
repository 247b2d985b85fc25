"""The log for machines, with LOG_FORMAT=json: one object a line. What libraries add of a request stays out of it."""

from typing import Any

from pythonjsonlogger.json import JsonFormatter

KEPT = ("timestamp", "level", "logger", "request_id", "message", "status_code", "exc_info", "stack_info")


class Formatter(JsonFormatter):
    def __init__(self) -> None:
        named = {"levelname": "level", "name": "logger"}
        super().__init__(["levelname", "name", "request_id", "message"], rename_fields=named, timestamp=True)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data[name] for name in KEPT if log_data.get(name) is not None}
