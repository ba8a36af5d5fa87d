"""The body of an answer: read in pieces, unpacked, never more than is wanted; and JSON out of it."""

import zlib
from collections.abc import AsyncIterable, Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

XSSI = b")]}'"
"""What Gerrit puts before its JSON, so that no web page can run it as a script."""
GLANCE = 64 * 1024
"""Bytes read of a body that is not Gerrit's JSON."""
PACKING = {"": False, "identity": False, "gzip": True, "x-gzip": True}
"""Whether a body with this Content-Encoding needs unpacking."""
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_GZIP, _GZIP_MAGIC = 16 + zlib.MAX_WBITS, b"\x1f\x8b"


class Oversized(Exception):
    """More came, or was announced, than is read."""


class CutShort(Exception):
    """The end is missing, or what came is damaged; asked again it may be whole."""


class Unpacker:
    """gzip, unpacked in pieces and only as far as there is room: a bomb stops where the limit is."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def unpack(self, piece: bytes, room: int) -> bytes:
        """What is in the piece: all of it, or one byte more than `room`. Raises CutShort where it is damaged."""
        out = bytearray()
        try:
            while piece and len(out) <= room:
                out += self._member.decompress(piece, room + 1 - len(out))
                piece = self._member.unconsumed_tail
                if self._member.eof and (rest := self._member.unused_data).startswith(_GZIP_MAGIC):
                    self._member, piece = zlib.decompressobj(_GZIP), rest
        except zlib.error:
            raise CutShort from None
        return bytes(out)

    @property
    def whole(self) -> bool:
        """Whether the end was there."""
        return self._member.eof


async def read_body(
    pieces: AsyncIterable[bytes], packed: bool, most: int, only_json: bool, came: Callable[[int], None]
) -> bytearray:
    """The body, unpacked; `came` is told the bytes of each piece. A glance of it, if `only_json` and it is not Gerrit's.

    Raises Oversized beyond `most` bytes, CutShort where the packing has no end.
    """
    body = bytearray()
    unpacker = Unpacker() if packed else None
    async for piece in pieces:
        came(len(piece))
        body += unpacker.unpack(piece, most - len(body)) if unpacker else piece
        if len(body) > most:
            raise Oversized
        if only_json and len(body) >= GLANCE and not body.startswith(XSSI):
            return body
    if unpacker and body and not unpacker.whole:
        raise CutShort
    return body


async def glance(pieces: AsyncIterable[bytes], packed: bool, came: Callable[[int], None]) -> str:
    """The beginning of an error's body, as text, however broken."""
    body = bytearray()
    unpacker = Unpacker() if packed else None
    try:
        async for piece in pieces:
            came(len(piece))
            body += unpacker.unpack(piece, GLANCE) if unpacker else piece
            if len(body) >= GLANCE:
                break
    except CutShort:
        pass
    return body[:GLANCE].decode("utf-8", "replace")


def decode(body: bytearray, kind: type[T]) -> T:
    """The JSON after the XSSI prefix (or what there is of that), without copying it.

    Raises CutShort where its end is missing, msgspec.ValidationError where it has another shape, msgspec.DecodeError or
    ValueError where it is no JSON.
    """
    try:
        value: T = _decoder(kind).decode(memoryview(body)[len(XSSI) :])
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as problem:
        if "truncated" in str(problem):
            raise CutShort from None
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of a type, made once."""
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.json.Decoder(kind)
    return _DECODERS[kind]
