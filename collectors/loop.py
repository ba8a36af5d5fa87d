"""Collect everything that is watched: what moved, in batches, each batch one transaction.

Killed at any moment, the next run goes on where the last whole batch ended: a change's `meta_rev` is written together
with its rows, and a project's watermark only after its last batch.
"""

import gc
import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from collectors.keep import keep_what_was_known
from collectors.messages.conversation import UNCLEAR, Reading
from collectors.messages.votes import Named
from collectors.people import mark_stale, names_digest, names_of, refresh_people, told_accounts
from collectors.problems import SourceError
from collectors.rows import Aside, qualified
from collectors.rules import Rules
from collectors.source import Fetched, Item, Look, Source, Watched
from collectors.store import (
    accounts_in,
    add_accounts,
    held_of,
    remarks_of,
    replace_changes,
    replace_quarantine,
    rows_known,
    transaction,
)

READER_VERSION = 2
"""To be raised when the same record would give other rows than before: everything is then read again."""

_NAMES = "names"
"""Source of the watermark that says with which names of accounts a project was read."""

_NAME_SOMEBODY = """
    SELECT DISTINCT c.number FROM changes c JOIN messages m ON m.change_id = c.id
    WHERE c.project_id = ? AND m.kind = 'event' AND m.text LIKE 'Removed % by %'
"""
"""Changes where somebody's vote was removed: whose it was may be told by a name only, and names get known later."""


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


class _Run(NamedTuple):
    """What is the same for all of a run; `names` are, by server, who a name may mean and a digest of all names."""

    connection: sqlite3.Connection
    rules: Rules
    now: int
    names: Mapping[int, tuple[Named, str]]
    results: Mapping[int, ProjectSummary]
    failed: set[int]
    report: Callable[[Step], None]


class _Batch(NamedTuple):
    """Some items of a look, to be read together; the last batch of a look (it may be empty) writes its marks."""

    source: Source
    items: Sequence[Item]
    look: Look | None = None


def collect(
    connection: sqlite3.Connection, sources: Sequence[Source], rules: Rules, now: int, report: Callable[[Step], None]
) -> RunSummary:
    """Bring the database up to date with every source; `now` is epoch seconds, for the run's own record and for when a
    change was first missed. `finish` is to be called with the summary when it is over.

    While one batch is being written, the next one is already being fetched.
    """
    number = connection.execute("INSERT INTO runs (started_at) VALUES (?) RETURNING id", (now,)).fetchone()[0]
    watched = [one for source in sources for one in source.projects]
    summary = RunSummary(number, [ProjectSummary(one.server, one.project) for one in watched])
    results = dict(zip((one.project_id for one in watched), summary.projects, strict=True))
    servers = {one.server_id for one in watched}
    names = {server_id: (names_of(connection, server_id), names_digest(connection, server_id)) for server_id in servers}
    run = _Run(connection, rules, now, names, results, set(), report)
    with ThreadPoolExecutor(1) as ahead, _rare_garbage_collection():
        batches = _batches(run, sources)
        coming = _started(ahead, next(batches, None))
        while coming:
            batch, fetching = coming
            coming = _started(ahead, next(batches, None))
            if id(batch.source) in run.failed:
                continue
            try:
                _write(run, batch, fetching.result() if fetching else None)
            except SourceError as problem:
                _fail(run, batch.source, problem)
    for project_id, result in results.items():
        query = "SELECT count(*) FROM changes WHERE project_id = ? AND gone_at IS NULL"
        result.changes = connection.execute(query, (project_id,)).fetchone()[0]
    refresh_people(connection, rules)
    return summary


def finish(connection: sqlite3.Connection, summary: RunSummary, now: int) -> None:
    """Record that a run ended at `now`, and what it did: projects where nothing happened are not listed."""
    notable = [asdict(project) for project in summary.projects if project.read or project.gone or project.error]
    connection.execute(
        "UPDATE runs SET finished_at = ?, errors = ?, summary = ? WHERE id = ?",
        (now, len(summary.errors), json.dumps(notable), summary.run),
    )


def _started(ahead: ThreadPoolExecutor, batch: _Batch | None) -> tuple[_Batch, Future[Fetched] | None] | None:
    if batch is None:
        return None
    return batch, ahead.submit(batch.source.fetch, batch.items) if batch.items else None


def _fail(run: _Run, source: Source, problem: SourceError) -> None:
    """What a source cannot tell, it cannot tell of any of its projects: the rest of it waits for the next run."""
    run.failed.add(id(source))
    for one in source.projects:
        run.results[one.project_id].error = str(problem)


def _batches(run: _Run, sources: Sequence[Source]) -> Iterator[_Batch]:
    """What is to be read, in order; each look's last batch carries the look."""
    for source in sources:
        marks = {
            one.project_id: value for one in source.projects if (value := _mark(run, source.name, one)) is not None
        }
        try:
            for look in source.looks(marks, _reader(run.rules)):
                moved = _moved(run, source, look)
                for start in range(0, len(moved), source.batch):
                    yield _Batch(source, moved[start : start + source.batch])
                yield _Batch(source, (), look)
                if id(source) in run.failed:
                    break
        except SourceError as problem:
            _fail(run, source, problem)


def _write(run: _Run, batch: _Batch, fetched: Fetched | None) -> None:
    """Write a batch in one transaction; or what a look says besides, and its marks."""
    if fetched:
        _write_rows(run, batch.source, fetched)
    if batch.look:
        _write_marks(run, batch.source, batch.look)


def _write_rows(run: _Run, source: Source, fetched: Fetched) -> None:
    connection, watched = run.connection, {one.project_id: one for one in source.projects}
    readings: dict[int, Reading] = {}

    def reading(project_id: int) -> Reading:
        if project_id not in readings:
            server_id = watched[project_id].server_id
            named = run.names[server_id][0]
            readings[project_id] = Reading(
                server_id, project_id, run.rules.recheck, named, frozenset(run.rules.labels.review)
            )
        return readings[project_id]

    changes, asides = fetched.rows(reading, lambda change_id: remarks_of(connection, change_id))
    asides = [*asides, *fetched.unread]
    server_id = source.projects[0].server_id
    names: dict[int, list[str]] = {item.project_id: [] for item in fetched.items}
    for item in fetched.items:
        names[item.project_id] += [item.name, f"{item.name}{UNCLEAR}"]
    with transaction(connection):
        add_accounts(connection, server_id, accounts_in(changes))
        told_accounts(connection, server_id, fetched.accounts, run.now)
        for rows in changes if source.tells_less else ():
            if known := rows_known(connection, rows.change.id):
                keep_what_was_known(rows, known)
        replace_changes(connection, changes)
        for project_id, items in names.items():
            theirs = [aside for project, aside in asides if project == project_id]
            replace_quarantine(connection, source.name, project_id, items, theirs)
        mark_stale(connection)
    for item in fetched.items:
        run.results[item.project_id].read += 1
    for project_id, aside in asides:
        run.results[project_id].asides.append(aside)
    for project_id, size in fetched.size.items():
        run.results[project_id].commits += size
    for project_id in names:
        _report(run, source, project_id)


def _report(run: _Run, source: Source, project_id: int) -> None:
    """Tell the progress display how far a project has got."""
    result = run.results[project_id]
    query = "SELECT known_from FROM projects WHERE id = ?"
    known_from = run.connection.execute(query, (project_id,)).fetchone()[0]
    at_once = source.expected is None
    total = result.moved if at_once else None
    name = f"{result.server}: {result.project}" if at_once else result.server
    expected = result.moved if at_once else source.expected
    run.report(Step(result.server, result.project, result.read, total, result.commits, known_from, name, expected))


def _write_marks(run: _Run, source: Source, look: Look) -> None:
    connection, watched = run.connection, {one.project_id: one for one in source.projects}
    for project_id, problem in look.errors.items():
        run.results[project_id].error = problem
    with transaction(connection):
        for project_id, aside in look.unread:
            replace_quarantine(connection, source.name, project_id, (), [aside])
            run.results[project_id].asides.append(aside)
        for mark in look.marks:
            if run.results[mark.project_id].error:
                continue
            one = watched[mark.project_id]
            _set_mark(connection, source.name, one, mark.value)
            if mark.known_from == 0:
                _set_mark(connection, _NAMES, one, run.names[one.server_id][1])
            connection.execute(
                "UPDATE projects SET known_from = ?1 WHERE id = ?2 AND coalesce(known_from, 1 << 62) > ?1",
                (mark.known_from, mark.project_id),
            )


def _mark(run: _Run, source: str, one: Watched) -> str | None:
    query = "SELECT value FROM watermarks WHERE source = ? AND item = ?"
    row = run.connection.execute(query, (source, f"{one.server}/{one.project}")).fetchone()
    return row[0] if row else None


def _set_mark(connection: sqlite3.Connection, source: str, one: Watched, value: str) -> None:
    connection.execute(
        "INSERT INTO watermarks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        (source, f"{one.server}/{one.project}", value),
    )


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Rows are many, short-lived and without cycles: looking for garbage among them cost a fifth of a first load."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _moved(run: _Run, source: Source, look: Look) -> list[Item]:
    """Items whose tip is not what it was when they were last read (or set aside), and what a look asks for again.

    Marks changes that are gone, and unmarks those that are there again.
    """
    connection = run.connection
    by_project: dict[int, list[Item]] = {}
    for item in look.items:
        by_project.setdefault(item.project_id, []).append(item)
    moved: set[tuple[int, int]] = set()
    for one in source.projects:
        project_id, result = one.project_id, run.results[one.project_id]
        items = by_project.get(project_id, [])
        if not items and project_id not in look.whole:
            continue
        known = _known(connection, one, items, project_id in look.whole)
        if project_id in look.whole:
            missing = known.keys() - {item.number for item in items}
            there = source.still_there(one, missing) if missing else {}
            _note_renamed(result, one, there)
            if known and not items and not there:
                result.error = (
                    "none of its changes is offered any more, though they used to be: nothing was changed here"
                )
                continue
            result.gone += _mark_gone(run, source, one, missing - there.keys(), {item.name for item in items})
        back = [(qualified(one.server_id, item.number),) for item in items if item.number in known]
        with transaction(connection):
            connection.executemany("UPDATE changes SET gone_at = NULL WHERE id = ? AND gone_at IS NOT NULL", back)
        those = _moved_of(run, source, one, known, items, look)
        result.moved += len(those)
        moved.update((project_id, number) for number in those)
    chosen = [item for item in look.items if (item.project_id, item.number) in moved]
    return held_of(connection, source.projects[0].server_id, chosen) if source.tells_less else chosen


def _known(connection: sqlite3.Connection, one: Watched, items: Sequence[Item], whole: bool) -> dict[int, str]:
    """Number -> tip of the project's changes: of all of them, or of those among the items."""
    if whole:
        query = "SELECT number, meta_rev FROM changes WHERE project_id = ?"
        return dict(connection.execute(query, (one.project_id,)))
    query = "SELECT number, meta_rev FROM changes WHERE id IN (SELECT value FROM json_each(?)) AND project_id = ?"
    ids = json.dumps([qualified(one.server_id, item.number) for item in items])
    return dict(connection.execute(query, (ids, one.project_id)))


def _moved_of(
    run: _Run, source: Source, one: Watched, known: Mapping[int, str], items: Sequence[Item], look: Look
) -> set[int]:
    if one.project_id in look.again:
        return {item.number for item in items}
    named: set[int] = set()
    if one.project_id in look.whole and _mark(run, _NAMES, one) not in (None, run.names[one.server_id][1]):
        named = {row[0] for row in run.connection.execute(_NAME_SOMEBODY, (one.project_id,))}
    aside = dict(
        run.connection.execute(
            "SELECT item, tip FROM quarantine WHERE source = ? AND project_id = ?", (source.name, one.project_id)
        )
    )
    return {
        item.number
        for item in items
        if (known.get(item.number) != item.tip and aside.get(item.name) != item.tip) or item.number in named
    }


def _note_renamed(result: ProjectSummary, one: Watched, there: Mapping[int, str]) -> None:
    """Changes that are elsewhere now: renaming a project does not touch them, and the configuration has its old name."""
    now_in = sorted({project for project in there.values() if project != one.project})
    if now_in:
        result.error = f"its changes are in {' and '.join(now_in)} now: it seems to have been renamed, so put that into config.toml"


def _mark_gone(run: _Run, source: Source, one: Watched, numbers: Collection[int], names: Collection[str]) -> int:
    """Mark changes as gone, and forget what was set aside of others than `names`; returns how many are newly gone."""
    connection = run.connection
    gone = [(run.now, qualified(one.server_id, number), one.project_id) for number in numbers]
    aside = connection.execute(
        "SELECT DISTINCT item FROM quarantine WHERE source = ? AND project_id = ?", (source.name, one.project_id)
    ).fetchall()
    vanished = [item for (item,) in aside if item.removesuffix(UNCLEAR) not in names]
    with transaction(connection):
        replace_quarantine(connection, source.name, one.project_id, vanished, ())
        statement = "UPDATE changes SET gone_at = ? WHERE id = ? AND project_id = ? AND gone_at IS NULL"
        return max(connection.executemany(statement, gone).rowcount, 0)


def _reader(rules: Rules) -> str:
    """Names this way of reading: when it changes, everything is read again."""
    told = (READER_VERSION, rules.recheck.pattern, sorted(rules.labels.review))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
