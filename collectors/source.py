"""What a source is: it says what is there, look by look, fetches what moved, and turns that into rows.

`collectors.loop` does the rest for every source alike: what moved, transactions, quarantine, watermarks, the summary.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from collectors.messages.conversation import Reading, Remark
from collectors.rows import Aside, ChangeRows

TRY_AGAIN = ""
"""Tip of what was set aside for a reason that may pass: no item has it, so the item is read again in the next run."""


class Watched(NamedTuple):
    """A project to collect: ids in the database and full names."""

    server_id: int
    server: str
    project_id: int
    project: str


class Held(NamedTuple):
    """What the database has of a change: how many comments, and Gerrit's id of the last message."""

    comments: int
    last_message: str


class Item(NamedTuple):
    """A change as a source lists it: project, number, its name in the quarantine, and a tip that differs when it moved."""

    project_id: int
    number: int
    name: str
    tip: str
    held: Held | None = None


class Mark(NamedTuple):
    """How far a project has been read: the source's own words, and from when on everything is known (0: from the start)."""

    project_id: int
    value: str
    known_from: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """Some of what a source has now.

    `whole` are projects of which every change updated since `whole_from` is among the items, so that others are gone;
    `again` asks for items to be read whether they moved or not; `unread` is what of the list itself could not be read, by project,
    `errors` are projects that cannot be read. `marks` are
    written when all items of this look and of the ones before it are in.
    """

    items: Sequence[Item] = ()
    whole: Collection[int] = ()
    whole_from: int = 0
    again: Collection[int] = ()
    marks: Sequence[Mark] = ()
    unread: Sequence[tuple[int, Aside]] = ()
    errors: Mapping[int, str] = field(default_factory=dict)


class Told(NamedTuple):
    """What a server says of an account; an address with its domain in lower case."""

    number: int
    name: str | None
    email: str | None
    username: str | None
    status: str | None
    service_user: bool
    inactive: bool


class Fetched(Protocol):
    """What was fetched of some items; `size` counts the messages or events in it."""

    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def unread(self) -> Sequence[tuple[int, Aside]]: ...
    @property
    def accounts(self) -> Collection[Told]: ...
    @property
    def size(self) -> Mapping[int, int]: ...
    def rows(
        self, reading: Callable[[int], Reading], remarks: Callable[[int], list[Remark]]
    ) -> tuple[list[ChangeRows], list[tuple[int, Aside]]]:
        """Rows of the items that can be understood, and the rest with their projects and reasons.

        `reading` tells how a project's records are read, `remarks` the comments that the database has of a change.
        """


class Source(Protocol):
    """Some projects of one server, read together: what fails, fails for all of them."""

    @property
    def name(self) -> str:
        """What its watermarks and what it sets aside are filed under."""

    @property
    def projects(self) -> Sequence[Watched]: ...

    @property
    def batch(self) -> int:
        """Changes to be fetched and written at a time: bounds the memory used and the work lost when interrupted."""

    @property
    def expected(self) -> int | None:
        """About how many changes it has to read in all; None where its first look says it exactly."""

    @property
    def tells_less(self) -> bool:
        """Whether it leaves out what another source may have told: that is kept then, and items say what is held."""

    def looks(self, marks: Mapping[int, str], reader: str) -> Iterator[Look]:
        """What is there, in the order in which it should be read. `marks` are those written before, by project;
        another `reader` than they were written with asks for everything to be read again. Raises SourceError.
        """

    def still_there(self, numbers: Collection[int]) -> Mapping[int, str]:
        """Asked about changes that a whole look lacked: those that are there all the same, and in which project now.

        Raises SourceError.
        """

    def fetch(self, items: Sequence[Item]) -> Fetched:
        """What the items hold; called in another thread, one call at a time. Raises SourceError."""
