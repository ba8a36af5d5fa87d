"""Write to the database: open it, bring its schema up to date, and replace what is known of a change."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from collectors import rows as row_types
from collectors.messages.conversation import Remark
from collectors.rows import Aside, ChangeRows, qualified
from collectors.source import Held, Item

NEWEST_VERSION = 5
"""How many migrations collectors/schema.py has, kept in the database's user_version; a test compares."""

TABLES: dict[str, type[tuple[Any, ...]]] = {
    "patch_sets": row_types.PatchSet,
    "events": row_types.Event,
    "submit_records": row_types.SubmitRecord,
    "messages": row_types.Message,
    "votes": row_types.Vote,
    "copied_votes": row_types.CopiedVote,
    "comments": row_types.Comment,
    "reviewers": row_types.Reviewer,
    "attention": row_types.Attention,
    "vote_differences": row_types.VoteDifference,
}
"""The tables that hold a change's parts, each with its row type; every one has a column change_id."""


def open_database(path: Path | str) -> sqlite3.Connection:
    """The database at `path` for writing, made where there is none, with the newest schema.

    Statements commit by themselves; `transaction` groups them. Raises sqlite3.Error where the file cannot be used.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA page_size = 16384")  # of a new file: texts are long, and larger pages hold them together
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("PRAGMA wal_autocheckpoint = 2000")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > NEWEST_VERSION:
        raise sqlite3.DatabaseError("a newer plustwo made it; use that one, or collect into another file")
    if version < NEWEST_VERSION:
        _migrate(connection)
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database  # slow to import, and needed once in a database's life

    from collectors.schema import migrations

    connection.execute("PRAGMA foreign_keys = OFF")  # tables that others refer to are made anew
    migrations.apply(Database(connection))
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA user_version = {NEWEST_VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back when anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        yield


@cache
def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({','.join('?' * columns)})"


def replace_changes(connection: sqlite3.Connection, changes: Sequence[ChangeRows]) -> None:
    """Put the rows of `changes` in the place of whatever was there, in whichever project it was."""
    ids = ",".join(str(change.change.id) for change in changes)
    old = connection.execute(f"SELECT id FROM changes WHERE id IN ({ids})").fetchall()
    if old:
        for table in TABLES:
            connection.executemany(f"DELETE FROM {table} WHERE change_id = ?", old)
    columns = row_types.Change._fields
    updates = ",".join(f"{column}=excluded.{column}" for column in columns[1:])
    connection.executemany(
        f"{_insert('changes', len(columns))} ON CONFLICT (id) DO UPDATE SET {updates}",
        (change.change for change in changes),
    )
    for table, row_type in TABLES.items():
        statement = _insert(table, len(row_type._fields))  # type: ignore[attr-defined]
        connection.executemany(statement, chain.from_iterable(getattr(change, table) for change in changes))


def add_accounts(connection: sqlite3.Connection, server_id: int, ids: Iterable[int]) -> None:
    """Make sure that accounts exist; what is already known of them stays."""
    connection.executemany(
        "INSERT INTO accounts (id, server_id, number) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(one, server_id, one & 0xFFFFFFFF) for one in sorted(ids)],
    )


def accounts_in(changes: Iterable[ChangeRows]) -> set[int]:
    """Every account id that the rows mention."""
    ids: set[int | None] = set()
    for rows in changes:
        ids.update((rows.change.owner_id, rows.change.submitter_id))
        for patch_set in rows.patch_sets:
            ids.update(patch_set[3:5])
        for message in rows.messages:
            ids.update(message[3:5])
        ids.update(record.account_id for record in rows.submit_records)
        ids.update(event.account_id for event in rows.events)
        ids.update(vote.account_id for vote in rows.copied_votes)
        ids.update(comment.account_id for comment in rows.comments)
        for reviewer in rows.reviewers:
            ids.update((reviewer.account_id, reviewer.by_id))
        for attention in rows.attention:
            ids.update((attention.account_id, attention.by_id))
    return {one for one in ids if one is not None}


def rows_known(connection: sqlite3.Connection, change_id: int) -> ChangeRows | None:
    """What is known of a change, without messages, votes, comments and reviewers; None where it is not known."""
    row = connection.execute("SELECT * FROM changes WHERE id = ?", (change_id,)).fetchone()
    if not row:
        return None
    rows = ChangeRows(row_types.Change._make(row))
    for table in ("patch_sets", "events", "submit_records", "copied_votes", "attention", "vote_differences"):
        found = connection.execute(f"SELECT * FROM {table} WHERE change_id = ? ORDER BY 1, 2", (change_id,))
        make = TABLES[table]._make  # type: ignore[attr-defined]
        setattr(rows, table, [make(one) for one in found])
    return rows


def remarks_of(connection: sqlite3.Connection, change_id: int) -> list[Remark]:
    """The comments that are known of a change, as a source would tell them."""
    query = (
        "SELECT uuid, path, patch_set, account_id & 0xFFFFFFFF, at, text, line, parent_uuid, unresolved FROM comments "
        "WHERE change_id = ?"
    )
    return [Remark._make((*row, bool(flag))) for *row, flag in connection.execute(query, (change_id,))]


def held_of(connection: sqlite3.Connection, server_id: int, items: Sequence[Item]) -> list[Item]:
    """The items, each with what the database has of it."""
    query = (
        "SELECT (SELECT count(*) FROM comments c WHERE c.change_id = ?1), "
        "(SELECT m.key FROM messages m WHERE m.change_id = ?1 ORDER BY m.seq DESC LIMIT 1)"
    )
    found = []
    for item in items:
        comments, last = connection.execute(query, (qualified(server_id, item.number),)).fetchone()
        found.append(item._replace(held=Held(comments, last)) if last else item)
    return found


def replace_quarantine(
    connection: sqlite3.Connection, source: str, project_id: int, items: Iterable[str], asides: Iterable[Aside]
) -> None:
    """Forget what was set aside of `items`, and set aside what is malformed now."""
    connection.executemany(
        "DELETE FROM quarantine WHERE source = ? AND project_id = ? AND item = ?",
        [(source, project_id, item) for item in items],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)",
        [(source, project_id, a.item, a.revision, a.reason, a.tip) for a in asides],
    )
