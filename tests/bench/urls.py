"""The product's addresses, and two to measure against."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from orgdash.urls import handler500
from orgdash.urls import urlpatterns as of_the_product
from tests.bench import reference


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok" if request.user.is_authenticated else "nobody", content_type="text/plain")


__all__ = ["handler500", "urlpatterns"]
urlpatterns = [path("bench/bare", bare), path("bench/reference", reference.activity), *of_the_product]
