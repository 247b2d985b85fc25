"""No page takes a file, so none is read: Django would take any size, of strangers too, and keep it on the disk."""

from typing import Never

from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class NoFiles(FileUploadHandler):
    """Stops reading a form at its first file. What the form said before that is kept."""

    def new_file(self, *_args: object, **_kwargs: object) -> Never:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        raise AssertionError("unreachable")

    def file_complete(self, file_size: int) -> None:
        raise AssertionError("unreachable")
