"""Collect a Gerrit server's projects over its REST API: what was updated since the last poll, and history behind it.

The mark of a project says how far it has been read in both directions. A poll lists from the newest change down to the
last poll's beginning; then history is read on, newest first over all projects, so that this week is right long before
all of history is there. Marks move only after everything above them is in.
"""

import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import msgspec

from collectors.gerrit.answers import epoch
from collectors.gerrit.change import rows_of
from collectors.gerrit.client import Gerrit
from collectors.gerrit.conversation import Conversation
from collectors.gerrit.details import Details, Wanted, fetch_details
from collectors.gerrit.listing import Page, about_how_many, find_changes, groups, pages
from collectors.gerrit.people import accounts_of
from collectors.messages.conversation import Reading, Remark
from collectors.messages.votes import Named
from collectors.people import named_among
from collectors.problems import Malformed
from collectors.rows import Aside, ChangeRows, qualified
from collectors.source import TRY_AGAIN, Item, Look, Mark, Told, Watched

NAME = "rest"
DAY, WEEK = 86400, 7 * 86400
_NOT_BEGUN = 1 << 40
"""Stands for the place to go on from in a project nothing of which was read."""

OVERLAP = 60
"""Seconds by which a poll begins before the last one did: an index is written a little later than the change."""


class Progress(msgspec.Struct):
    """How far a project was read. Everything updated in [`back_to`, `until`) is in; `back_to` 0: all of history.

    Epoch seconds of the server's clock. `again`: history is being read once more, whether it moved or not.
    `swept`: when all of it was last listed.
    """

    reader: str
    until: int
    back_to: int
    again: bool = False
    swept: int = 0


@dataclass(slots=True)
class Fetched:
    """What the server told of some items; see `collectors.source.Fetched`."""

    items: Sequence[Item]
    details: Details
    accounts: Collection[Told]
    unread: list[tuple[int, Aside]]
    projects: Mapping[str, int]
    server_id: int

    @property
    def size(self) -> Mapping[int, int]:
        """Messages by project."""
        sizes: dict[int, int] = {}
        for item in self.items:
            if change := self.details.changes.get(item.number):
                sizes[item.project_id] = sizes.get(item.project_id, 0) + len(change.messages)
        return sizes

    def rows(
        self, reading: Callable[[int], Reading], remarks: Callable[[int], list[Remark]]
    ) -> tuple[list[ChangeRows], list[tuple[int, Aside]]]:
        """See `collectors.source.Fetched`."""
        changes: list[ChangeRows] = []
        asides: list[tuple[int, Aside]] = []
        named = named_among((qualified(self.server_id, one.number), one.name, one.email) for one in self.accounts)
        for item in self.items:
            change = self.details.changes.get(item.number)
            if change is None:
                continue
            project_id = self.projects.get(change.project, item.project_id)
            here = _reading_here(reading(project_id), named)
            kept = item.number in self.details.kept
            said = (
                remarks(qualified(self.server_id, item.number)) if kept else self.details.remarks.get(item.number, ())
            )
            try:
                rows, unclear = rows_of(here, item.name, change, said, self.details.moves.get(item.number, {}))
            except Malformed as problem:
                asides.append((project_id, Aside(item.name, item.tip, str(problem), item.tip)))
            else:
                changes.append(rows)
                asides += [(project_id, one) for one in unclear]
        return changes, asides


class RestServer:
    """Some projects of one server, asked in a conversation that has begun.

    `since` (epoch seconds, 0 for all) is how far back history is read; `sweep` lists everything
    now, whether it is a week since or not; `absent` are projects that the server does not show, with the reason;
    `batch` is how many changes are fetched and written at a time.
    """

    name = NAME
    batch = 100
    tells_less = True

    def __init__(
        self,
        projects: Sequence[Watched],
        conversation: Conversation,
        since: int = 0,
        sweep: bool = False,
        absent: Mapping[int, str] | None = None,
        batch: int | None = None,
    ) -> None:
        self.batch = batch or self.batch
        self.projects = projects
        self.absent = absent or {}
        self.since, self.sweep = since, sweep
        self._begun = 0
        self._unclear: set[int] = set()
        self._counting: Future[int] | None = None
        self._ids = {one.project: one.project_id for one in projects}
        self._server_id = projects[0].server_id if projects else 0
        self.conversation = conversation

    @property
    def expected(self) -> int | None:
        """About how many changes history has that is still to be read; None where that is not known (yet)."""
        counting = self._counting
        if counting is None or not counting.done() or counting.cancelled() or counting.exception():
            return None
        return counting.result()

    def looks(self, marks: Mapping[int, str], reader: str) -> Iterator[Look]:
        """What was updated since the last poll; what is missing of history; and, once a week, everything there is."""
        state: dict[int, Progress] = {}
        polls: dict[int, list[Watched]] = {}
        if self.absent:
            yield Look(errors=self.absent)
        for one in self.projects:
            if one.project_id in self.absent:
                continue
            mark = _read_mark(marks.get(one.project_id))
            if mark and mark.reader == reader:
                state[one.project_id] = mark
                polls.setdefault(mark.until, []).append(one)
            else:
                state[one.project_id] = Progress(reader, 0, _NOT_BEGUN, again=mark is not None)
        for until, projects in sorted(polls.items(), reverse=True):
            yield from self._poll(projects, until, state)
        yield from self._history(state)
        yield from self._sweep(state)

    def _poll(self, projects: Sequence[Watched], until: int, state: Mapping[int, Progress]) -> Iterator[Look]:
        """Everything updated since the last poll began."""
        for group in _groups(projects):
            for page in self._pages(group, until - OVERLAP, 0):
                yield self._look(group, page)
            for one in group:
                progress = state[one.project_id]
                progress.until, progress.swept = self._begun, min(progress.swept, self._swept(one))
            yield Look(marks=_marks(group, state))

    def _history(self, state: Mapping[int, Progress]) -> Iterator[Look]:
        """What is still missing, always of those projects next of which newer history is missing than of the others."""
        places: dict[tuple[int, bool], list[Watched]] = {}
        for one in self.projects:
            progress = state.get(one.project_id)
            if progress and progress.back_to and progress.back_to >= self.since:
                places.setdefault((progress.back_to, progress.again), []).append(one)
        left, to_count = [], []
        for (place, _), projects in places.items():
            for group in _groups(projects):
                before = 0 if place == _NOT_BEGUN else place
                left.append((place, self._pages(group, self.since, before), group))
                to_count.append(([one.project for one in group], before))
        while left:
            if self._begun and self._counting is None:
                self._counting = self.conversation.begin(lambda gerrit: self._count(gerrit, to_count))
            place, coming, group = left.pop(max(range(len(left)), key=lambda index: left[index][0]))
            page = next(coming)
            for part in _parts(page, self.batch):
                look = self._look(group, part)
                again = [one.project_id for one in group if state[one.project_id].again]
                for one in group:
                    progress = state[one.project_id]
                    if place == _NOT_BEGUN:
                        progress.until = self._begun
                    progress.back_to = part.reached or max(self.since - 1, 0)
                    progress.again = progress.again and bool(progress.back_to)
                    if not part.reached:
                        progress.swept = self._swept(one)
                yield replace(look, again=again, marks=_marks(group, state))
            if page.reached:
                left.append((page.reached, coming, group))

    def _sweep(self, state: Mapping[int, Progress]) -> Iterator[Look]:
        """Once a week all that is there: the rest was deleted, hidden or renamed."""
        there = [one for one in self.projects if one.project_id in state]
        due = [one for one in there if self._begun - state[one.project_id].swept >= WEEK or self.sweep]
        for group in _groups([one for one in due if state[one.project_id].back_to < max(self.since, 1)]):
            items: dict[int, Item] = {}
            unread: list[tuple[int, Aside]] = []
            for page in self._pages(group, self.since, 0):
                look = self._look(group, page)
                items.update((item.number, item) for item in look.items)
                unread += look.unread
            for one in group:
                state[one.project_id].swept = self._swept(one)
            whole = () if unread else [one.project_id for one in group]
            yield Look(list(items.values()), whole, self.since, unread=unread, marks=_marks(group, state))

    def _swept(self, one: Watched) -> int:
        """Now; but where an entry of the list could not be read, nobody knows whose it was: a day later all is listed again."""
        return self._begun - (WEEK - DAY if one.project_id in self._unclear else 0)

    def still_there(self, numbers: Collection[int]) -> Mapping[int, str]:
        """Those of some changes that the server has all the same, with the project they are in now."""
        return self.conversation.ask(lambda gerrit: find_changes(gerrit, sorted(numbers)))

    def fetch(self, items: Sequence[Item]) -> Fetched:
        """See `collectors.source.Source`."""
        names = {one.project_id: one.project for one in self.projects}
        wanted = [Wanted(item.number, names[item.project_id], item.tip, item.held) for item in items]
        details = self.conversation.ask(lambda gerrit: fetch_details(gerrit, wanted))
        by_number = {item.number: item for item in items}
        unread = [
            (by_number[one.number].project_id, Aside(by_number[one.number].name, one.what, one.reason, one.tip))
            for one in details.unread
        ]
        return Fetched(items, details, accounts_of(details.changes.values()), unread, self._ids, self._server_id)

    async def _count(self, gerrit: Gerrit, groups: Sequence[tuple[Sequence[str], int]]) -> int:
        return sum([await about_how_many(gerrit, names, self.since, before) for names, before in groups])

    def _pages(self, group: Sequence[Watched], since: int, before: int) -> Iterator[Page]:
        """Pages of the server's list, each asked for while the one before is being read. Knows the time from the first."""
        asking = self.conversation
        listing: AsyncIterator[Page] | None = None

        async def following(gerrit: Gerrit) -> Page:
            nonlocal listing
            if listing is None:
                listing = pages(gerrit, [one.project for one in group], since, before)
            return await anext(listing)

        coming = asking.begin(following)
        while True:
            started = time.monotonic()
            page = coming.result()
            if not self._begun:  # the answer's Date is that of its end, and what it says is as of its beginning
                self._begun = (asking.gerrit.traffic.server_time or 0) - int(time.monotonic() - started) - 1
            if page.reached:
                coming = asking.begin(following)
            yield page
            if not page.reached:
                return

    def _look(self, group: Sequence[Watched], page: Page) -> Look:
        items = [
            Item(self._ids[one.project], one.number, f"change {one.number}", one.tip)
            for one in page.changes
            if one.project in self._ids
        ]
        if page.unread:
            self._unclear.update(one.project_id for one in group)
        unread = [
            (group[0].project_id, Aside("list of changes", reason[:60], reason, TRY_AGAIN)) for reason in page.unread
        ]
        return Look(items, unread=unread)


def _reading_here(full: Reading, named: Named) -> Reading:
    """A name in a message is more likely one of these changes' accounts than another one that is called so."""
    return replace(full, named=lambda name: named(name) or full.named(name), told_of_copies=False)


def _parts(page: Page, size: int) -> Iterator[Page]:
    """A page in smaller ones, so that it is written down soon how far back everything is in."""
    changes = page.changes
    for end in range(size, len(changes), size):
        part = changes[end - size : end]
        yield Page(part, epoch(part[-1].updated))
    rest = changes[max(len(changes) - 1, 0) // size * size :]
    yield Page(rest, page.reached, page.unread)


def _read_mark(text: str | None) -> Progress | None:
    """A mark as it was written; None where there is none, or it is another version's."""
    try:
        return msgspec.json.decode(text, type=Progress) if text else None
    except msgspec.MsgspecError:
        return None


def _marks(group: Sequence[Watched], state: Mapping[int, Progress]) -> list[Mark]:
    return [
        Mark(
            one.project_id,
            msgspec.json.encode(state[one.project_id]).decode(),
            state[one.project_id].back_to + 1 if state[one.project_id].back_to else 0,
        )
        for one in group
    ]


def _groups(projects: Sequence[Watched]) -> list[list[Watched]]:
    by_name = {one.project: one for one in projects}
    return [[by_name[name] for name in names] for names in groups(list(by_name))]
