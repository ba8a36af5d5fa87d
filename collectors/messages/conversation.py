"""Turn what was said on a change, as any source tells it, into rows: messages with their kinds, votes, comments.

Pure, and the same for every way of collecting: that is why they come to the same rows.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from collectors.messages.first_line import FirstLine, parse_first_line
from collectors.messages.speech import is_act, kind_of
from collectors.messages.votes import Named, Said, votes_of
from collectors.rows import ChangeRows, Comment, Message, qualified

UNCLEAR = "#votes"
"""Ends the name of an item of which everything was read, but a removed vote could not be told from another."""

NOTHING = FirstLine("other", None, (), "")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is the same for all changes of a project: where it belongs and how texts are read.

    A vote on a label of `review` makes a message an act. `told_of_copies` says that the source itself tells which votes the
    server copied; else the messages do.
    """

    server_id: int
    project_id: int
    recheck: re.Pattern[str]
    named: Named
    review: Collection[str]
    told_of_copies: bool = True

    def account(self, number: int | None) -> int | None:
        """The database's id of an account number."""
        return None if number is None else qualified(self.server_id, number)


class Told(Protocol):
    """A message as a source tells it, accounts as Gerrit's numbers; `message` is empty where something happened silently.

    `patch_set` is the one the server filed it under; `dropped` are (voter, label) of votes that end with it, unsaid;
    `copied` are (voter, label, value) of votes that the server copied to that patch set with it, value 0 for no longer;
    `removed` are reviewers who are removed with it, in a message that does not say so.
    """

    @property
    def sha(self) -> str: ...
    @property
    def author(self) -> int | None: ...
    @property
    def real_author(self) -> int | None: ...
    @property
    def at(self) -> int: ...
    @property
    def patch_set(self) -> int: ...
    @property
    def tag(self) -> str | None: ...
    @property
    def message(self) -> str: ...
    @property
    def dropped(self) -> Sequence[tuple[int | None, str]]: ...
    @property
    def copied(self) -> Sequence[tuple[int | None, str, int]]: ...
    @property
    def removed(self) -> Sequence[int]: ...


class Remark(NamedTuple):
    """A comment as a source tells it; `at` is when it was published, epoch seconds UTC, `author` Gerrit's number."""

    uuid: str
    path: str
    patch_set: int
    author: int
    at: int
    text: str
    line: int | None
    parent_uuid: str | None
    unresolved: bool


def add_messages(rows: ChangeRows, reading: Reading, told: Iterable[Told], remarks: Sequence[Remark]) -> list[str]:
    """Add messages, votes and comments to a change's rows; `told` is in order of time.

    Returns what was unclear about votes, as sentences.
    """
    change_id = rows.change.id
    published: dict[tuple[int | None, int], list[Remark]] = {}
    for remark in remarks:
        published.setdefault((remark.author, remark.at), []).append(remark)
    said: list[Said] = []
    places: dict[tuple[int | None, int], int] = {}
    seq, newest = -1, 0
    for one in told:
        newest = max(newest, one.patch_set)
        author, text = reading.account(one.author), one.message
        dropped = [(reading.account(voter), label) for voter, label in one.dropped]
        copied = [(reading.account(voter), label, value) for voter, label, value in one.copied]
        removed = [reading.account(number) for number in one.removed]
        if not text:
            if dropped or copied or removed:
                said.append(
                    Said(
                        max(seq, 0), one.at, author, one.patch_set, NOTHING, "", False, dropped, copied, removed, newest
                    )
                )
            continue
        seq += 1
        line = parse_first_line(text.partition("\n")[0])
        with_it = published.get((one.author, one.at), ()) if published else ()
        kind = kind_of(line, text, one.tag, [(remark.path, remark.text) for remark in with_it], reading.recheck)
        if with_it and (kind in ("comment", "recheck") or (one.author, one.at) not in places):
            places[one.author, one.at] = seq
        rows.messages.append(
            Message(
                change_id, seq, one.sha, author, reading.account(one.real_author), one.at,
                line.patch_set or one.patch_set, one.tag, kind, is_act(kind, line, reading.review), text,
            )
        )  # fmt: skip
        if line.votes or dropped or copied or removed or text.startswith("Removed ") or "\nCopied " in text:
            said.append(
                Said(seq, one.at, author, one.patch_set, line, text, kind == "ci", dropped, copied, removed, newest)
            )
    unclear: list[str] = []
    if said:
        rows.votes, rows.copied_votes, unclear = votes_of(change_id, said, reading.named, reading.told_of_copies)
    if remarks:
        rows.comments = _comment_rows(change_id, reading, remarks, places)
    return unclear


def _comment_rows(
    change_id: int, reading: Reading, remarks: Sequence[Remark], places: Mapping[tuple[int | None, int], int]
) -> list[Comment]:
    """Comments with their threads; a thread is resolved when its last comment says so."""
    parents = {remark.uuid: remark.parent_uuid for remark in remarks}
    roots: dict[str, str] = {}
    depths: dict[str, int] = {}
    for uuid in parents:
        root, seen = uuid, {uuid}
        while (parent := parents.get(root)) is not None and parent in parents and parent not in seen:
            root = parent
            seen.add(root)
        roots[uuid], depths[uuid] = root, len(seen)
    ordered = sorted(remarks, key=lambda c: (c.at, depths[c.uuid], c.patch_set, c.uuid))
    last = {roots[remark.uuid]: remark for remark in ordered}
    return [
        Comment(
            change_id, c.patch_set, c.uuid, c.parent_uuid, roots[c.uuid], places.get((c.author, c.at)),
            reading.account(c.author), c.at, c.path, c.line, int(c.unresolved), int(not last[roots[c.uuid]].unresolved),
            c.text,
        )
        for c in ordered
    ]  # fmt: skip
