"""What a form may bring to a page: no file, and no more than a megabyte."""

from io import BytesIO

import pytest
from django.core.files.uploadhandler import StopUpload
from django.test import Client, RequestFactory

from orgdash.uploads import NoFiles

LOGIN = "/accounts/login/"


class Watched(BytesIO):
    name = "a film"


def test_a_file_is_not_read():
    film = Watched(b"x" * 4_000_000)
    request = RequestFactory().post("/", {"username": "olga@acme.test", "film": film, "after": "it"})
    assert request.POST.dict() == {"username": "olga@acme.test"}
    assert not request.FILES
    assert len(request.read()) > 3_000_000  # the rest of it still stands where it came in


def test_it_stops_at_the_first_file():
    with pytest.raises(StopUpload) as stopped:
        NoFiles().new_file("film", "film.mp4", "video/mp4", 7)
    assert stopped.value.connection_reset


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"username": "olga@acme.test", "password": "x" * 1_000_000}, 400),
        ({f"field{number}": "" for number in range(5001)}, 400),
        ({"username": "x" * 900_000, "password": "x" * 50_000}, 200),
        ({"username": "olga@acme.test", "password": "wrong", "film": Watched(b"x" * 2_000_000)}, 200),
    ],
)
def test_a_form_that_is_too_much_is_refused_and_never_500(form, status):
    assert Client(raise_request_exception=False).post(LOGIN, form).status_code == status
