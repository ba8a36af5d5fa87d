"""Read the comments in a meta commit's tree: one JSON file for each patch set that has any."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from collectors.messages.conversation import Remark
from collectors.problems import Malformed
from collectors.rows import MAX_NUMBER

Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
"""A whole number that Gerrit can have meant."""


class _Key(msgspec.Struct, rename="camel"):
    uuid: str
    filename: str
    patch_set_id: Number


class _Author(msgspec.Struct):
    id: Number


class _Comment(msgspec.Struct, rename="camel"):
    key: _Key
    author: _Author
    written_on: str
    message: str | None = None
    line_nbr: Number | None = None
    parent_uuid: str | None = None
    unresolved: bool | None = None


class _File(msgspec.Struct):
    comments: list[_Comment] = []


_decoder = msgspec.json.Decoder(_File)


def parse_comments(blob: bytes) -> list[Remark]:
    """The comments of one file of the tree. Raises Malformed with the place of the trouble."""
    start = blob.find(b"{")
    if start < 0:
        raise Malformed("it holds no comments in JSON")
    try:
        return [
            Remark(
                c.key.uuid, c.key.filename, c.key.patch_set_id, c.author.id, _epoch(c.written_on), c.message or "",
                c.line_nbr or None, c.parent_uuid, bool(c.unresolved),
            )
            for c in _decoder.decode(blob[start:]).comments
        ]  # fmt: skip
    except (msgspec.MsgspecError, ValueError) as problem:
        raise Malformed(f"its comments cannot be read: {problem}") from None


@lru_cache(maxsize=65536)
def _epoch(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text, "%b %d, %Y %I:%M:%S %p").replace(tzinfo=UTC)  # Gerrit before 3.0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
