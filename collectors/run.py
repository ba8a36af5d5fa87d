"""One run of collecting: what it knows, what it did with each project, and what it tells while it goes on."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from collectors.messages.votes import Named
from collectors.rows import Aside
from collectors.rules import Rules
from collectors.source import Watched

NAMES = "names"
"""Source of the watermark that says with which names of accounts a project was read."""


@dataclass(slots=True)
class ProjectSummary:
    """What one run did with one project. `error` is a sentence where it could not be read at all."""

    server: str
    project: str
    changes: int = 0
    read: int = 0
    commits: int = 0
    moved: int = 0
    gone: int = 0
    asides: list[Aside] = field(default_factory=list)
    error: str | None = None

    @property
    def set_aside(self) -> int:
        """How many things could not be understood."""
        return len({(aside.item, aside.revision) for aside in self.asides})


@dataclass(slots=True)
class RunSummary:
    """What one run did; `run` is its id in the table runs."""

    run: int
    projects: list[ProjectSummary] = field(default_factory=list)

    @property
    def read_any(self) -> bool:
        """Whether anything was written."""
        return any(project.read or project.gone for project in self.projects)

    @property
    def errors(self) -> list[ProjectSummary]:
        """Projects that could not be read."""
        return [project for project in self.projects if project.error]


class Step(NamedTuple):
    """How far a project has got, for a progress display: changes read, of how many (None: not known yet), and events.

    `known_from`: everything since then is in (epoch seconds, 0 for all, None for nothing yet). `expected`: about how many
    changes the project's whole `source` has to read; None where nobody knows.
    """

    server: str
    project: str
    read: int
    total: int | None
    events: int
    known_from: int | None
    source: str
    expected: int | None


class Run(NamedTuple):
    """What is the same for all of a run; `names` are, by server, who a name may mean and a digest of all names.

    `failed` are the sources (their ids) that are not gone on with.
    """

    connection: sqlite3.Connection
    rules: Rules
    now: int
    names: Mapping[int, tuple[Named, str]]
    results: Mapping[int, ProjectSummary]
    failed: set[int]
    report: Callable[[Step], None]


def finish(connection: sqlite3.Connection, summary: RunSummary, now: int) -> None:
    """Record that a run ended at `now`, and what it did: projects where nothing happened are not listed."""
    notable = [asdict(project) for project in summary.projects if project.read or project.gone or project.error]
    connection.execute(
        "UPDATE runs SET finished_at = ?, errors = ?, summary = ? WHERE id = ?",
        (now, len(summary.errors), json.dumps(notable), summary.run),
    )


def mark_of(run: Run, source: str, one: Watched) -> str | None:
    """How far a source has read a project, in its own words; None where it never came to an end."""
    query = "SELECT value FROM watermarks WHERE source = ? AND item = ?"
    row = run.connection.execute(query, (source, f"{one.server}/{one.project}")).fetchone()
    return row[0] if row else None


def set_mark(connection: sqlite3.Connection, source: str, one: Watched, value: str) -> None:
    """Write how far a source has read a project; to be called in the transaction that wrote what was read."""
    connection.execute(
        "INSERT INTO watermarks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        (source, f"{one.server}/{one.project}", value),
    )
