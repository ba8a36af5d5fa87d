"""Does the server's own state agree with our history of a change's votes, at every moment at which it could change?

The server is asked for the change as it was right after a message (`?meta=`), with its labels; what stood on the patch
set that was current then is compared with what our votes, copies and their ends say stood there.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from collectors.gerrit.answers import Label
from collectors.gerrit.client import Gerrit, quoted
from collectors.gerrit.problems import BadRequest, Forbidden, NotFound
from collectors.messages.first_line import parse_first_line

VERDICTS = {
    "equal": "the same votes stand",
    "differs": "other votes stand: one of the two is wrong",
    "copied, unsaid": "the server copied votes to a new patch set and no message says so (before Gerrit 3.8)",
    "contradicts itself": "the server's record of a vote is not what its own message says: an old storage conversion",
    "put again": "the server put the votes on the patch set that submitting made: no act of anybody",
    "abandoned": "the server tells no votes of abandoned changes",
    "not told": "the server does not tell how the change was then, as after a message on an earlier patch set",
}
"""Verdict -> what it means. Only "differs" is a disagreement."""

Votes = Mapping[tuple[int, str], int]
"""(account number, label) -> value of the votes that stand on a patch set."""


class Point(NamedTuple):
    """A message after which the votes may stand otherwise; `at` epoch seconds UTC.

    `number` is its author's; `patch_set` the newest there was then (the server's own word for it is that of the message).
    """

    seq: int
    key: str
    at: int
    who: str
    number: int | None
    patch_set: int
    line: str


class Seen(NamedTuple):
    """What both sides say of a point; `theirs` is None where the server does not tell."""

    point: Point
    ours: Votes
    theirs: Votes | None
    verdict: str


class State(msgspec.Struct):
    """ChangeInfo with DETAILED_LABELS, as far as it is compared."""

    status: str
    labels: dict[str, Label] = {}


class Subject(NamedTuple):
    """A change to be audited: ids in the database, number, project, and the server."""

    change_id: int
    number: int
    project: str
    server: str


def find(connection: sqlite3.Connection, number: int, server: str | None) -> list[Subject]:
    """The collected changes of that number, on one server or all."""
    query = f"{_SUBJECT} WHERE c.number = ?1 AND (?2 IS NULL OR s.name = ?2) ORDER BY c.id"
    return [Subject(*row) for row in connection.execute(query, (number, server))]


def sample(connection: sqlite3.Connection, count: int, servers: Sequence[str]) -> list[Subject]:
    """Some changes at random, of those that are not gone, on any of the servers."""
    query = f"{_SUBJECT} WHERE c.gone_at IS NULL AND c.private = 0 AND p.watched = 1 ORDER BY random()"
    chosen = (Subject(*row) for row in connection.execute(query))
    return [one for one, _ in zip((one for one in chosen if one.server in servers), range(count), strict=False)]


_SUBJECT = """
    SELECT c.id, c.number, p.name, s.name FROM changes c
    JOIN projects p ON p.id = c.project_id JOIN servers s ON s.id = p.server_id
"""


def points(connection: sqlite3.Connection, change_id: int) -> list[Point]:
    """The messages after which votes may stand otherwise, and the last one."""
    query = """
        SELECT m.seq, m.key, m.at, coalesce(a.name, 'account ' || a.number, 'Gerrit'), a.number, m.text,
          max(m.patch_set) OVER (PARTITION BY m.change_id ORDER BY m.seq),
          m.kind = 'upload' OR m.text LIKE 'Removed %' OR m.text LIKE 'Change destination moved %'
          OR m.seq = (SELECT max(seq) FROM messages l WHERE l.change_id = m.change_id)
        FROM messages m LEFT JOIN accounts a ON a.id = m.account_id WHERE m.change_id = ? ORDER BY m.seq
    """
    return [
        Point(seq, key, at, who, number, patch_set, text.partition("\n")[0])
        for seq, key, at, who, number, text, patch_set, counts in connection.execute(query, (change_id,))
        if counts or parse_first_line(text.partition("\n")[0]).votes
    ]


def standing(connection: sqlite3.Connection, change_id: int, point: Point, patch_set: int) -> Votes:
    """The votes that by our history stood on a patch set right after a message, copies among them."""
    copies = """
        SELECT account_id & 0xFFFFFFFF, label, value FROM copied_votes
        WHERE change_id = ? AND patch_set = ? AND seq <= ? AND (ended_seq IS NULL OR ended_seq > ?)
    """
    votes = """
        SELECT account_id & 0xFFFFFFFF, label, value FROM votes WHERE change_id = ? AND patch_set = ? AND seq <= ?
        AND (ended_seq IS NULL OR ended_seq > ?) AND account_id IS NOT NULL
    """
    found: dict[tuple[int, str], int] = {}
    for query in (copies, votes):
        for account, label, value in connection.execute(query, (change_id, patch_set, point.seq, point.seq)):
            found[account, label] = value
    return found


async def states(gerrit: Gerrit, subject: Subject, those: Sequence[Point]) -> list[State | None]:
    """The change as it was right after each point. Raises RestError where the server does not answer."""
    found: list[State | None] = []
    for point in those:
        try:
            place = f"/changes/{quoted(subject.project)}~{subject.number}"
            asked = [("meta", point.key), ("o", "DETAILED_LABELS"), ("o", "SKIP_DIFFSTAT")]
            found.append(await gerrit.get(place, asked, State))
        except (NotFound, Forbidden, BadRequest):
            found.append(None)
    return found


def compare(
    connection: sqlite3.Connection, subject: Subject, those: Sequence[Point], told: Sequence[State | None]
) -> Iterator[Seen]:
    """Both sides of each point, with the verdict."""
    contradicted: set[tuple[int, int, str]] = set()
    for point, state in zip(those, told, strict=True):
        said_of = parse_first_line(point.line).patch_set or point.patch_set
        if state is None or said_of < point.patch_set:
            yield Seen(point, {}, None, "not told")
            continue
        patch_set = point.patch_set
        ours = standing(connection, subject.change_id, point, patch_set)
        theirs = {
            (one.number, name): one.value
            for name, label in state.labels.items()
            for one in label.all
            if one.value and one.number is not None
        }
        before: dict[tuple[int, str], int] = {}
        for earlier in range(1, patch_set):
            before |= standing(connection, subject.change_id, point, earlier)
        _note_contradictions(point, theirs, contradicted)
        those_here = {(who, label) for number, who, label in contradicted if number == patch_set}
        yield Seen(point, ours, theirs, verdict(ours, theirs, state, before, those_here))


def _note_contradictions(point: Point, theirs: Votes, contradicted: set[tuple[int, int, str]]) -> None:
    """Votes of which the server's record says something else than the message they were cast or taken back in."""
    line = parse_first_line(point.line)
    if line.patch_set != point.patch_set or point.number is None:
        return
    for label, value in line.votes:
        place = (point.patch_set, point.number, label)
        if theirs.get((point.number, label), 0) == value:
            contradicted.discard(place)
        else:
            contradicted.add(place)


def verdict(
    ours: Votes, theirs: Votes, state: State, before: Votes, contradicted: Collection[tuple[int, str]] = ()
) -> str:
    """One of VERDICTS; `before` are the votes that stand on patch sets before the current one, `contradicted` those of
    which the server's messages and its record say different things.
    """
    if ours == theirs:
        return "equal"
    if contradicted:
        rest = [{key: votes[key] for key in votes if key not in contradicted} for votes in (ours, theirs)]
        again = verdict(rest[0], rest[1], state, before)
        return "contradicts itself" if again == "equal" else again
    if state.status == "ABANDONED" and not theirs:
        return "abandoned"
    more = {key: value for key, value in theirs.items() if key not in ours}
    if {**ours, **more} == theirs and all(before.get(key) == value for key, value in more.items()):
        return "put again" if state.status == "MERGED" else "copied, unsaid"
    return "differs"
