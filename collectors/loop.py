"""Collect everything that is watched: what moved, in batches, each batch one transaction.

Killed at any moment, the next run goes on where the last whole batch ended: a change's `meta_rev` is written together
with its rows, and a project's watermark only after its last batch.
"""

import gc
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from collectors import git_source
from collectors.git_source import Fetched, GitProject, Item
from collectors.messages.conversation import UNCLEAR, Reading
from collectors.messages.votes import Named
from collectors.notedb.git import GitError
from collectors.people import mark_stale, names_digest, names_of, refresh_people
from collectors.rows import Aside, qualified
from collectors.rules import Rules
from collectors.store import accounts_in, add_accounts, replace_changes, replace_quarantine, transaction

READER_VERSION = 1
"""To be raised when the same record would give other rows than before: everything is then read again."""

_NAMES = "names"
"""Source of the watermark that says with which names of accounts a project was read."""

_NAME_SOMEBODY = """
    SELECT DISTINCT c.number FROM changes c JOIN messages m ON m.change_id = c.id
    WHERE c.project_id = ? AND m.kind = 'event' AND m.text LIKE 'Removed % by %'
"""
"""Changes where somebody's vote was removed: whose it was may be told by a name only, and names get known later."""

BATCH = 200
"""Changes read and written at a time: bounds the memory used and the work lost when interrupted."""


class Watched(NamedTuple):
    """A project to collect: ids in the database, full name, where it is read from."""

    server_id: int
    server: str
    project_id: int
    project: str
    source: GitProject


@dataclass(slots=True)
class ProjectSummary:
    """What one run did with one project. `error` is a sentence where it could not be read at all."""

    server: str
    project: str
    changes: int = 0
    read: int = 0
    commits: int = 0
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
    """How far a project has got, for a progress display: changes done of those that moved, and commits so far."""

    server: str
    project: str
    done: int
    total: int
    commits: int


class _Run(NamedTuple):
    """What is the same for all projects of a run; `names` are, by server, who a name may mean and a digest of all names."""

    connection: sqlite3.Connection
    rules: Rules
    now: int
    names: Mapping[int, tuple[Named, str]]
    ahead: ThreadPoolExecutor
    report: Callable[[Step], None]


class _Plan(NamedTuple):
    """What is to be read of a project; its first batch is already on its way."""

    one: Watched
    result: ProjectSummary
    batches: list[list[Item]]
    first: Future[Fetched] | None


def collect(
    connection: sqlite3.Connection, watched: Sequence[Watched], rules: Rules, now: int, report: Callable[[Step], None]
) -> RunSummary:
    """Bring the database up to date with every watched project; `now` is epoch seconds, for the run's own record and
    for when a change was first missed. `finish` is to be called with the summary when it is over.

    While one project is being written, the next one's first batch is already being fetched.
    """
    number = connection.execute("INSERT INTO runs (started_at) VALUES (?) RETURNING id", (now,)).fetchone()[0]
    summary = RunSummary(number, [ProjectSummary(one.server, one.project) for one in watched])
    servers = {one.server_id for one in watched}
    names = {server_id: (names_of(connection, server_id), names_digest(connection, server_id)) for server_id in servers}
    with ThreadPoolExecutor(1) as ahead, _rare_garbage_collection():
        run = _Run(connection, rules, now, names, ahead, report)
        pairs = list(zip(watched, summary.projects, strict=True))
        coming = _plan(run, *pairs[0]) if pairs else None
        for index in range(len(pairs)):
            plan = coming
            coming = _plan(run, *pairs[index + 1]) if index + 1 < len(pairs) else None
            if plan:
                _carry_out(run, plan)
    refresh_people(connection, rules)
    return summary


def finish(connection: sqlite3.Connection, summary: RunSummary, now: int) -> None:
    """Record that a run ended at `now`, and what it did: projects where nothing happened are not listed."""
    notable = [asdict(project) for project in summary.projects if project.read or project.gone or project.error]
    connection.execute(
        "UPDATE runs SET finished_at = ?, errors = ?, summary = ? WHERE id = ?",
        (now, len(summary.errors), json.dumps(notable), summary.run),
    )


def _plan(run: _Run, one: Watched, result: ProjectSummary) -> _Plan | None:
    """See what moved in a project and start fetching it; None where it cannot be read."""
    try:
        tips = one.source.tips()
    except GitError as problem:
        result.error = str(problem)
        return None
    query = "SELECT number, meta_rev FROM changes WHERE project_id = ?"
    known: dict[int, str] = dict(run.connection.execute(query, (one.project_id,)))
    if known and not tips:
        result.error = "it offers no refs/changes/*/meta any more, though it used to: nothing was changed here"
        return None
    result.changes = len(tips)
    result.gone = _mark_gone(run, one, known, tips)
    moved = _moved(run, one, known, tips)
    batches = [moved[start : start + BATCH] for start in range(0, len(moved), BATCH)]

    def first() -> Fetched:
        one.source.prepare()
        return one.source.fetch(batches[0])

    return _Plan(one, result, batches, run.ahead.submit(first) if batches else None)


def _carry_out(run: _Run, plan: _Plan) -> None:
    """Write a project's batches, each in one transaction, and move its watermark after the last."""
    connection, one, result = run.connection, plan.one, plan.result
    named, names = run.names[one.server_id]
    reading = Reading(one.server_id, one.project_id, run.rules.recheck, named)
    total = sum(map(len, plan.batches))
    if total:
        run.report(Step(one.server, one.project, 0, total, 0))
    try:
        for fetched in _fetched(plan, run.ahead):
            changes, asides = git_source.rows(reading, fetched)
            asides += fetched.unread
            with transaction(connection):
                add_accounts(connection, one.server_id, accounts_in(changes))
                replace_changes(connection, changes)
                refs = [name for item in fetched.items for name in (item.ref, f"{item.ref}{UNCLEAR}")]
                replace_quarantine(connection, git_source.NAME, one.project_id, refs, asides)
                mark_stale(connection)
            result.read += len(fetched.items)
            result.commits += sum(map(len, fetched.commits.values()))
            result.asides += asides
            run.report(Step(one.server, one.project, result.read, total, result.commits))
    except GitError as problem:
        result.error = str(problem)
        return
    for source, value in ((git_source.NAME, _reader(run.rules)), (_NAMES, names)):
        connection.execute(
            "INSERT INTO watermarks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value "
            "WHERE value <> excluded.value",
            (source, _watermark_item(one), value),
        )


def _fetched(plan: _Plan, ahead: ThreadPoolExecutor) -> Iterator[Fetched]:
    """Each batch; the next one is fetched while the last one is being written."""
    coming = plan.first
    for index in range(len(plan.batches) if coming else 0):
        fetched = coming.result()  # type: ignore[union-attr]
        if index + 1 < len(plan.batches):
            items = plan.batches[index + 1]
            coming = ahead.submit(plan.one.source.fetch, items)
        yield fetched


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Rows are many, short-lived and without cycles: looking for garbage among them cost a fifth of a first load."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _moved(run: _Run, one: Watched, known: Mapping[int, str], tips: Mapping[int, tuple[str, str]]) -> list[Item]:
    """Changes whose meta ref is not where it was when it was last read (or set aside), by number."""
    marks: dict[str, str] = dict(
        run.connection.execute("SELECT source, value FROM watermarks WHERE item = ?", (_watermark_item(one),))
    )
    if marks.get(git_source.NAME, _reader(run.rules)) != _reader(run.rules):
        return [Item(number, ref, tip) for number, (ref, tip) in sorted(tips.items())]
    named: set[int] = set()
    if marks.get(_NAMES, "") not in ("", run.names[one.server_id][1]):
        named = {row[0] for row in run.connection.execute(_NAME_SOMEBODY, (one.project_id,))}
    aside = dict(
        run.connection.execute(
            "SELECT item, tip FROM quarantine WHERE source = ? AND project_id = ?", (git_source.NAME, one.project_id)
        )
    )
    return [
        Item(number, ref, tip)
        for number, (ref, tip) in sorted(tips.items())
        if (known.get(number) != tip and aside.get(ref) != tip) or number in named
    ]


def _mark_gone(run: _Run, one: Watched, known: Mapping[int, str], tips: Mapping[int, tuple[str, str]]) -> int:
    """Mark changes the server no longer has, unmark those it has again, forget what was set aside of the former.

    Returns how many are newly gone.
    """
    connection = run.connection
    gone = [(run.now, qualified(one.server_id, number), one.project_id) for number in known.keys() - tips.keys()]
    there = [(qualified(one.server_id, number),) for number in known.keys() & tips.keys()]
    aside = connection.execute(
        "SELECT DISTINCT item FROM quarantine WHERE source = ? AND project_id = ?", (git_source.NAME, one.project_id)
    ).fetchall()
    refs = {ref for ref, _ in tips.values()}
    vanished = [item for (item,) in aside if item.removesuffix(UNCLEAR) not in refs]
    with transaction(connection):
        replace_quarantine(connection, git_source.NAME, one.project_id, vanished, ())
        statement = "UPDATE changes SET gone_at = ? WHERE id = ? AND project_id = ? AND gone_at IS NULL"
        newly = connection.executemany(statement, gone).rowcount
        connection.executemany("UPDATE changes SET gone_at = NULL WHERE id = ? AND gone_at IS NOT NULL", there)
    return max(newly, 0)


def _watermark_item(one: Watched) -> str:
    return f"{one.server}/{one.project}"


def _reader(rules: Rules) -> str:
    """Names this way of reading: when it changes, everything is read again."""
    return hashlib.sha256(f"{READER_VERSION} {rules.recheck.pattern}".encode()).hexdigest()[:16]
