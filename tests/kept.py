"""Rows that tests beside each other begin with are made once, and every test finds them as they were made.

A fixture marked `kept` makes rows from other kept fixtures and from constants. They lie in a transaction around that of
the test, a savepoint for each fixture, and stay there while the next tests want the same ones first. A test gets a copy
of its own of what the fixture returned. Tests that commit, and those that ask in their midst, make theirs anew.
"""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest
from django.db import transaction

from orgdash import sight


@dataclass(slots=True)
class Layer:
    make: Callable[..., Any]
    around: transaction.Atomic
    values: bytes = b""  # pickled: name → value, of this fixture and of those below, as they are once it is made


_layers: list[Layer] = []
_of_this_test: dict[Callable[..., Any], Any] = {}


def kept(make: Callable[..., Any]) -> Callable[..., Any]:
    """Below `pytest.fixture`. The function neither yields nor asks for anything that changes from test to test."""

    @wraps(make)
    def given(**arguments: Any) -> Any:
        return _of_this_test[make] if make in _of_this_test else make(**arguments)

    given.kept = make
    return given


def forget() -> None:
    """All that is kept is rolled back."""
    _cut(0)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef, request: pytest.FixtureRequest) -> Iterator[None]:
    """Before the transaction of a test, what it begins with."""
    if fixturedef.argname == "_django_db_helper":
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock():
            _prepare(_wanted(request), request)
    return (yield)


def _wanted(request: pytest.FixtureRequest) -> list[tuple[str, Callable[..., Any], tuple[str, ...]]]:
    """The kept fixtures of a test: name, function and arguments, each after those that it asks for."""
    marker = request.node.get_closest_marker("django_db")
    committing = {"transactional_db", "live_server"} & set(request.fixturenames)
    if committing or (marker and marker.kwargs.get("transaction")):
        return []
    known = request.node._fixtureinfo.name2fixturedefs
    found = {name: known[name][-1] for name in request.fixturenames if name in known}
    found = {name: one for name, one in found.items() if hasattr(one.func, "kept")}
    order: dict[str, None] = {}

    def add(name: str) -> None:
        for asked in found[name].argnames:
            if asked in found:
                add(asked)
        order[name] = None

    # The same order for all tests, so that they have much of it together.
    for name in sorted(found, key=lambda name: (found[name].baseid, found[name].func.kept.__code__.co_firstlineno)):
        add(name)
    return [(name, found[name].func.kept, found[name].argnames) for name in order]


def _prepare(wanted: list[tuple[str, Callable[..., Any], tuple[str, ...]]], request: pytest.FixtureRequest) -> None:
    _of_this_test.clear()
    same = 0
    while same < min(len(wanted), len(_layers)) and _layers[same].make is wanted[same][1]:
        same += 1
    _cut(same)
    sight.end()
    for name, make, arguments in wanted[same:]:
        values = _copies()
        around = transaction.atomic()
        around._from_testcase = True  # as Django's own test cases say that theirs is no transaction of the product
        around.__enter__()
        _layers.append(Layer(make, around))
        try:
            values[name] = make(**{asked: _argument(asked, values, request) for asked in arguments})
            _layers[-1].values = pickle.dumps(values)
        except BaseException:
            _cut(len(_layers) - 1)
            raise
    copies = _copies()
    _of_this_test.update((make, copies[name]) for name, make, _ in wanted)


def _copies() -> dict[str, Any]:
    """What all layers hold, for whoever may change it; copy.deepcopy is several times as slow."""
    return pickle.loads(_layers[-1].values) if _layers else {}


def _argument(asked: str, values: dict[str, Any], request: pytest.FixtureRequest) -> Any:
    """`db` is the test's own transaction, which is still to come."""
    if asked == "db":
        return None
    return values[asked] if asked in values else request.getfixturevalue(asked)


def _cut(count: int) -> None:
    while len(_layers) > count:
        layer = _layers.pop()
        transaction.set_rollback(True)
        layer.around.__exit__(None, None, None)
