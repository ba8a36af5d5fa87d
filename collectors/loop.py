"""Collect everything that is watched: what moved, in batches, each batch one transaction.

Killed at any moment, the next run goes on where the last whole batch ended: a change's `meta_rev` is written together
with its rows, and a project's watermark only after its last batch.
"""

import gc
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from collectors.keep import keep_what_was_known
from collectors.messages.conversation import UNCLEAR, Reading
from collectors.moved import moved_of, put_off
from collectors.people import mark_stale, names_digest, names_of, refresh_people, told_accounts
from collectors.problems import SourceError
from collectors.rules import Rules
from collectors.run import NAMES, ProjectSummary, Run, RunSummary, Step, mark_of, set_mark
from collectors.source import Fetched, Item, Look, Source
from collectors.store import (
    accounts_in,
    add_accounts,
    remarks_of,
    replace_changes,
    replace_quarantine,
    rows_known,
    transaction,
)

READER_VERSION = 2
"""To be raised when the same record would give other rows than before: everything is then read again."""


_THERE = """
    SELECT (SELECT count(*) FROM changes WHERE project_id = ?1)
      - (SELECT count(*) FROM changes WHERE project_id = ?1 AND gone_at IS NOT NULL)
"""
"""Changes of a project that are not gone, out of two indexes alone."""


class _Batch(NamedTuple):
    """Some items of a look, to be read together; the last batch of a look (it may be empty) writes its marks.

    `problem` is why there are no further looks.
    """

    source: Source
    items: Sequence[Item]
    look: Look | None = None
    problem: SourceError | None = None


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
    run = Run(connection, rules, now, names, results, set(), report)
    ahead = ThreadPoolExecutor(1)
    try:
        with _rare_garbage_collection():
            _read_on(run, ahead, _batches(run, sources))
    except BaseException:
        ahead.shutdown(wait=False, cancel_futures=True)  # whoever interrupts does not wait for a server's patience
        raise
    ahead.shutdown()
    for project_id, result in results.items():
        result.changes = connection.execute(_THERE, (project_id,)).fetchone()[0]
    refresh_people(connection, rules)
    return summary


def _read_on(run: Run, ahead: ThreadPoolExecutor, batches: Iterator[_Batch]) -> None:
    """Write batch after batch, the next one already on its way."""
    coming = _started(ahead, next(batches, None))
    while coming:
        batch, fetching = coming
        coming = _started(ahead, next(batches, None))
        if id(batch.source) in run.failed:
            continue
        try:
            if batch.problem:
                raise batch.problem
            _write(run, batch, fetching.result() if fetching else None)
        except SourceError as problem:
            _fail(run, batch.source, problem)


def _started(ahead: ThreadPoolExecutor, batch: _Batch | None) -> tuple[_Batch, Future[Fetched] | None] | None:
    if batch is None:
        return None
    return batch, ahead.submit(batch.source.fetch, batch.items) if batch.items else None


def _fail(run: Run, source: Source, problem: SourceError) -> None:
    """What a source cannot tell, it cannot tell of any of its projects: the rest of it waits for the next run."""
    run.failed.add(id(source))
    for one in source.projects:
        run.results[one.project_id].error = str(problem)


def _batches(run: Run, sources: Sequence[Source]) -> Iterator[_Batch]:
    """What is to be read, in order; each look's last batch carries the look."""
    for source in sources:
        marks = {
            one.project_id: value for one in source.projects if (value := mark_of(run, source.name, one)) is not None
        }
        try:
            yield from _parts(run, source, put_off(run, source))
            for look in source.looks(marks, _reader(run.rules)):
                yield from _parts(run, source, moved_of(run, source, look))
                if id(source) in run.failed:
                    break
                yield _Batch(source, (), look)
        except SourceError as problem:
            yield _Batch(source, (), problem=problem)  # in its turn: what comes before it is still written


def _parts(run: Run, source: Source, items: Sequence[Item]) -> Iterator[_Batch]:
    """The items in batches, until the source fails."""
    for start in range(0, len(items), source.batch):
        if id(source) in run.failed:
            return
        yield _Batch(source, items[start : start + source.batch])


def _write(run: Run, batch: _Batch, fetched: Fetched | None) -> None:
    """Write a batch in one transaction; or what a look says besides, and its marks."""
    if fetched:
        _write_rows(run, batch.source, fetched)
    if batch.look:
        _write_marks(run, batch.source, batch.look)


def _write_rows(run: Run, source: Source, fetched: Fetched) -> None:
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


def _report(run: Run, source: Source, project_id: int) -> None:
    """Tell the progress display how far a project has got."""
    result = run.results[project_id]
    query = "SELECT known_from FROM projects WHERE id = ?"
    known_from = run.connection.execute(query, (project_id,)).fetchone()[0]
    at_once = source.expected is None
    total = result.moved if at_once else None
    name = f"{result.server}: {result.project}" if at_once else result.server
    expected = result.moved if at_once else source.expected
    run.report(Step(result.server, result.project, result.read, total, result.commits, known_from, name, expected))


def _write_marks(run: Run, source: Source, look: Look) -> None:
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
            if mark.project_id in look.whole:
                set_mark(connection, NAMES, one, run.names[one.server_id][1])
            begun = mark_of(run, source.name, one) is not None
            set_mark(connection, source.name, one, mark.value)
            # Where another source read before, there is a hole between its last run and this one's first look.
            statement = (
                "UPDATE projects SET known_from = ?1 WHERE id = ?2 AND (NOT ?3 OR coalesce(known_from, 1 << 62) > ?1)"
            )
            connection.execute(statement, (mark.known_from, mark.project_id, begun))


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Rows are many, short-lived and without cycles: looking for garbage among them cost a fifth of a first load."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _reader(rules: Rules) -> str:
    """Names this way of reading: when it changes, everything is read again."""
    told = (READER_VERSION, rules.recheck.pattern, sorted(rules.labels.review))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
