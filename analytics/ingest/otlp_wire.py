"""OpenTelemetry's protobuf as bytes: what is read of each span or log record, found without building its message.

An empty message takes two bytes there and a hundred times that in memory. So fields are counted while they are walked
over, and only the fields and attributes that somebody reads, their last values alone, are given to the library.
Source: https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from accounts.api_error import ApiError
from analytics.ingest.span_values import Given, value_of
from analytics.ingest.whose import AROUND

MAX_FIELDS = 2_000_000  # that are walked over in one body: a full one of 32 MB has one in every 16 bytes
MAX_GROUPS = 20_000  # resources and scopes in one body; of an honest one each holds something
MAX_NAME = 200  # bytes of a scope's name
MAX_VALUE = 4_000_100  # bytes of an attribute: a million characters, which is the longest that is looked at
_LENGTH = 2  # the wire type of what says how long it is
_WIRE = {
    FieldDescriptor.TYPE_FIXED64: 1,
    FieldDescriptor.TYPE_STRING: _LENGTH,
    FieldDescriptor.TYPE_BYTES: _LENGTH,
    FieldDescriptor.TYPE_MESSAGE: _LENGTH,
}
_BYTES_OF = {1: 8, 5: 4}  # by wire type
# Tags: the number of a field, and its wire type.
_FIRST, _SECOND = 1 << 3 | _LENGTH, 2 << 3 | _LENGTH
_TEXT, _WHOLE = 1 << 3 | _LENGTH, 3 << 3  # of AnyValue
_SCALARS = frozenset((_TEXT, 2 << 3, _WHOLE, 4 << 3 | 1))  # the others are bool and double

Field = tuple[int, int, int, int]  # its tag; where it begins, where its value begins, and where both end


@dataclass(frozen=True, slots=True)
class Kind:
    """A span or a log record: the tags of its attributes, of the fields that are read and of those that are only read
    where they are plain values, and the attributes' names.

    What has none of the names in `needed` is nothing anybody reads; where that is empty, everything is.
    """

    attributes: int
    fields: frozenset[int]
    plain: frozenset[int]
    names: frozenset[bytes]
    needed: frozenset[bytes] = frozenset()


def kind_of(
    message: type[Message], fields: Iterable[str], names: Iterable[str], *, plain: str = "", needed: Iterable[str] = ()
) -> Kind:
    """By the names of its fields and attributes."""
    tags = {
        field.name: field.number << 3 | _WIRE[field.type] for field in message.DESCRIPTOR.fields if field.type in _WIRE
    }
    return Kind(
        tags["attributes"],
        frozenset(tags[name] for name in fields),
        frozenset((tags[plain],) if plain else ()),
        frozenset(name.encode() for name in names),
        frozenset(name.encode() for name in needed),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """One of them: its message with what is read alone, or None where that is nothing; and what stands around it."""

    message: bytes | None
    scope: str
    around: Given


class Walk:
    """Over the fields of one body. DecodeError: it is no protobuf. ApiError: it has too many fields or groups."""

    def __init__(self, body: bytes) -> None:
        self.body, self.left, self.groups = body, MAX_FIELDS, MAX_GROUPS

    def fields(self, at: int, end: int) -> Iterator[Field]:
        body = self.body
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise _too_many(MAX_FIELDS, "fields")
            begin, tag, at = at, body[at], at + 1
            if tag > 127:
                tag, at = self._varint(begin, end)
            wire = tag & 7
            if wire == _LENGTH:
                if at < end and body[at] < 128:
                    length, at = body[at], at + 1
                else:
                    length, at = self._varint(at, end)
                value, at = at, at + length
            elif wire == 0:
                short = at < end and body[at] < 128
                value, at = at, at + 1 if short else self._varint(at, end)[1]
            elif wire in _BYTES_OF:
                value, at = at, at + _BYTES_OF[wire]
            else:
                raise DecodeError("a group")
            if at > end or tag < 8:
                raise DecodeError("ends too early")
            yield tag, begin, value, at

    def group(self) -> None:
        """One resource or scope more."""
        self.groups -= 1
        if self.groups < 0:
            raise _too_many(MAX_GROUPS, "resources and scopes")

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        number, shift = 0, 0
        for place in range(at, min(end, at + 10)):
            byte = self.body[place]
            number |= (byte & 127) << shift
            if byte < 128:
                return number, place + 1
            shift += 7
        raise DecodeError("no number")


def _too_many(most: int, what: str) -> ApiError:
    return ApiError(413, "too_large", f"At most {most} {what} may stand in a body; send less at once.")


def found(body: bytes, kind: Kind, most: ApiError, limit: int) -> Iterator[Found]:
    """What a body of resources, of scopes, of such messages has, in its order; `most` where that is over `limit`.

    Errors: see Walk.
    """
    walk, left = Walk(body), limit
    for tag, _, at, end in walk.fields(0, len(body)):
        if tag != _FIRST:
            continue
        walk.group()
        around, scopes = _around_and(walk, at, end)
        for begin, close in scopes:
            walk.group()
            name, places = _named(walk, begin, close, left, most)
            left -= len(places)
            yield from (Found(_read(walk, *place, kind), name, around) for place in places)


def _around_and(walk: Walk, at: int, end: int) -> tuple[Given, list[tuple[int, int]]]:
    """What a resource says, and where its scopes are."""
    around: Given = {}
    scopes = []
    for tag, _, begin, close in walk.fields(at, end):
        if tag == _FIRST:
            around = _around(walk, begin, close)
        elif tag == _SECOND:
            scopes.append((begin, close))
            if len(scopes) > MAX_GROUPS:
                raise _too_many(MAX_GROUPS, "resources and scopes")
    return around, scopes


def _named(walk: Walk, at: int, end: int, limit: int, most: ApiError) -> tuple[str, list[tuple[int, int]]]:
    """A scope's name, and where its messages are."""
    name, places = "", []
    for tag, _, begin, close in walk.fields(at, end):
        if tag == _FIRST:
            name = _name(walk, begin, close)
        elif tag == _SECOND:
            places.append((begin, close))
            if len(places) > limit:
                raise most
    return name, places


def _around(walk: Walk, at: int, end: int) -> Given:
    names = _AROUND
    given = (_attribute(walk, begin, close, names) for tag, _, begin, close in walk.fields(at, end) if tag == _FIRST)
    read = [KeyValue.FromString(attribute[1]) for attribute in given if attribute]
    return {attribute.key: value_of(attribute.value) for attribute in read}


_AROUND = frozenset(name.encode() for name in AROUND)


def _name(walk: Walk, at: int, end: int) -> str:
    """Empty where it is no plain text."""
    name = b""
    for tag, _, begin, close in walk.fields(at, end):
        if tag == _FIRST:
            name = walk.body[begin:close] if close - begin <= MAX_NAME else b""
    return name.decode() if name.isascii() else ""


def _read(walk: Walk, at: int, end: int, kind: Kind) -> bytes | None:
    """The message anew, with what is read of it; of what is given twice the last."""
    body, fields, given = walk.body, dict[int, bytes](), dict[bytes, bytes]()
    for tag, whole, begin, close in walk.fields(at, end):
        if tag == kind.attributes:
            if attribute := _attribute(walk, begin, close, kind.names):
                given[attribute[0]] = attribute[1]
        elif tag in kind.fields or (tag in kind.plain and _is_scalar(walk, begin, close)):
            fields[tag] = body[whole:close]
    if kind.needed and kind.needed.isdisjoint(given):
        return None
    attributes = (_tagged(kind.attributes, attribute) for attribute in given.values())
    return b"".join((*fields.values(), *attributes))


def _attribute(walk: Walk, at: int, end: int, names: frozenset[bytes]) -> tuple[bytes, bytes] | None:
    """The name and the KeyValue, without a value that is no plain one; None for a name that nobody reads."""
    body = walk.body
    # As everybody writes it: the name first, of less than 128 bytes.
    if end - at > 2 and body[at] == _FIRST and body[at + 1] < 128:
        name = body[at + 2 : at + 2 + body[at + 1]]
        if name not in names:
            walk.left -= 1
            return None
        if end - at < 128 and _is_short(body, at + 2 + body[at + 1], end):
            walk.left -= 3
            return name, body[at:end]
    name = value = b""
    for tag, whole, begin, close in walk.fields(at, end):
        if tag == _FIRST:
            name = body[begin:close]
        elif tag == _SECOND:
            read = close - begin <= MAX_VALUE and _is_scalar(walk, begin, close)
            value = body[whole:close] if read else b""
    return (name, _tagged(_FIRST, name) + value) if name in names else None


def _is_short(body: bytes, at: int, end: int) -> bool:
    """Whether there is nothing but a value there, of less than 128 bytes, which is text or a whole number."""
    if at + 4 > end or body[at] != _SECOND or at + 2 + body[at + 1] != end:
        return False
    if body[at + 2] == _TEXT:
        return at + 4 + body[at + 3] == end
    return body[at + 2] == _WHOLE and body[end - 1] < 128 and (end - at == 4 or min(body[at + 3 : end - 1]) > 127)


def _is_scalar(walk: Walk, at: int, end: int) -> bool:
    """A list or a map takes memory by its elements, and nobody reads it."""
    return [tag in _SCALARS for tag, *_ in islice(walk.fields(at, end), 2)] == [True]


def _tagged(tag: int, value: bytes) -> bytes:
    """A field of a length."""
    length, rest = b"", len(value)
    while rest > 127:
        length, rest = length + bytes((rest & 127 | 128,)), rest >> 7
    return bytes((tag,)) + length + bytes((rest,)) + value
