"""Filled below."""

urlpatterns = []
