"""Read the comments in a meta commit's tree: one JSON file for each patch set that has any."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from collectors.notedb.commit import MAX_NUMBER, Malformed

Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
"""A whole number that Gerrit can have meant."""


class CommentKey(msgspec.Struct, rename="camel"):
    uuid: str
    filename: str
    patch_set_id: Number


class CommentAuthor(msgspec.Struct):
    id: Number


class StoredComment(msgspec.Struct, rename="camel"):
    """A comment as Gerrit stores it; `written_on` is when it was published, to the second."""

    key: CommentKey
    author: CommentAuthor
    written_on: str
    message: str | None = None
    line_nbr: Number | None = None
    parent_uuid: str | None = None
    unresolved: bool | None = None

    @property
    def at(self) -> int:
        """Epoch seconds UTC."""
        return _epoch(self.written_on)


class _File(msgspec.Struct):
    comments: list[StoredComment] = []


_decoder = msgspec.json.Decoder(_File)


def parse_comments(blob: bytes) -> list[StoredComment]:
    """The comments of one file of the tree. Raises Malformed with the place of the trouble."""
    start = blob.find(b"{")
    if start < 0:
        raise Malformed("it holds no comments in JSON")
    try:
        comments = _decoder.decode(blob[start:]).comments
        for comment in comments:
            _epoch(comment.written_on)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise Malformed(f"its comments cannot be read: {problem}") from None
    return comments


@lru_cache(maxsize=65536)
def _epoch(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text, "%b %d, %Y %I:%M:%S %p").replace(tzinfo=UTC)  # Gerrit before 3.0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
