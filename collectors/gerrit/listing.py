"""List which changes of some projects were updated, newest first, page by page, out of the server's index alone.

Pages go on by a `before:` cursor and never by an offset, since changes move to the front while they are listed. A second
that holds more changes than a page is stepped through by offset, inside that second only, with an overlap.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from collectors.gerrit.answers import Listed, epoch
from collectors.gerrit.client import Gerrit
from collectors.gerrit.options import LISTED, ask_changes, numbered
from collectors.gerrit.problems import Unexpected

PAGE = 500
"""Changes asked for at a time: what most servers allow at most."""

OVERLAP = 50
"""By how much pages inside one second overlap: changes that leave the second meanwhile move the others up."""

LONGEST_QUERY = 3000
"""Characters of a query: URLs beyond 8,000 are refused by many a proxy, and quoting makes them longer."""


class Page(NamedTuple):
    """Some changes, newest first, and the place to go on from: epoch seconds, 0 where this was the last page.

    Everything updated later than `reached` has been listed by then. `unread` are those that have an unknown form.
    """

    changes: Sequence[Listed]
    reached: int
    unread: Sequence[str] = ()


def moment(at: int) -> str:
    """Epoch seconds as a query has them, in quotes."""
    return f'"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} +0000"'


def any_of(projects: Iterable[str]) -> str:
    """The part of a query that means any of some projects."""
    return "(" + " OR ".join(f'project:"{name}"' for name in projects) + ")"


def groups(projects: Sequence[str]) -> list[list[str]]:
    """The projects in as few groups as fit into a query each."""
    found: list[list[str]] = []
    length = LONGEST_QUERY
    for name in projects:
        own = len(name) + 14
        if length + own > LONGEST_QUERY:
            found.append([])
            length = 0
        found[-1].append(name)
        length += own
    return found


async def pages(gerrit: Gerrit, projects: Sequence[str], since: int = 0, before: int = 0) -> AsyncIterator[Page]:
    """All changes of the projects updated from `since` to `before`, both inclusive, 0 for open. Raises RestError."""
    seen: dict[int, str] = {}
    skip = 0
    while True:
        raws, more = await _page(gerrit, _query(projects, since, before), skip)
        found, unread = _decoded(raws)
        listed = list({one.number: one for one in found}.values())
        if more and not listed:
            raise Unexpected(f"A list of changes holds none that can be read: {unread[0]}")
        fresh = [one for one in listed if seen.get(one.number) != one.tip]
        seen = {one.number: one.tip for one in listed} | (seen if skip else {})
        oldest = min((epoch(one.updated) for one in listed), default=0)
        if not more or not raws:
            yield Page(fresh, 0, unread)
            return
        if before and oldest >= before:
            skip += max(len(raws) - OVERLAP, 1)
        else:
            before, skip = oldest, 0
        yield Page(fresh, before, unread)


def _query(projects: Iterable[str], since: int, before: int) -> str:
    query = any_of(projects)
    query += f" since:{moment(since)}" if since else ""
    return query + (f" before:{moment(before)}" if before else "")


async def _page(gerrit: Gerrit, query: str, skip: int) -> tuple[list[msgspec.Raw], bool]:
    place = [("S", str(skip))] if skip else []
    raws = await ask_changes(gerrit, query, PAGE, LISTED, place)
    more = bool(raws) and msgspec.json.decode(raws[-1], type=_More).more_changes
    return raws, more


async def about_how_many(gerrit: Gerrit, projects: Sequence[str], since: int = 0, before: int = 0) -> int:
    """About how many changes `pages` would list, a tenth or a page off at most. Raises RestError.

    A dozen small requests: doubling, then halving the place at which the list still goes on.
    """
    query = _query(projects, since, before)

    async def reaches(place: int) -> bool:
        return bool(await ask_changes(gerrit, query, 1, LISTED, [("S", str(place))]))

    low, high = 0, PAGE
    while await reaches(high):
        low, high = high, 2 * high
    while high - low > max(PAGE // 4, low // 10):
        middle = (low + high) // 2
        if await reaches(middle):
            low = middle
        else:
            high = middle
    return (low + high) // 2


async def find_changes(gerrit: Gerrit, numbers: Sequence[int]) -> dict[int, str]:
    """Number -> project of those changes that the server has. Raises RestError."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), 100):
        part = numbers[start : start + 100]
        raws = await ask_changes(gerrit, numbered(part), len(part), LISTED)
        found.update((one.number, one.project) for one in _decoded(raws)[0])
    return found


class _More(msgspec.Struct):
    more_changes: bool = msgspec.field(name="_more_changes", default=False)


_listed = msgspec.json.Decoder(Listed)


def _decoded(raws: Iterable[msgspec.Raw]) -> tuple[list[Listed], list[str]]:
    """What can be read, and why not of the rest."""
    found, unread = [], []
    for raw in raws:
        try:
            one = _listed.decode(raw)
            epoch(one.updated)
        except (msgspec.MsgspecError, ValueError) as problem:
            unread.append(f"{bytes(memoryview(raw)[:80]).decode('utf-8', 'replace')}…: {problem}")
        else:
            found.append(one)
    return found, unread
