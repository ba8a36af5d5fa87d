"""Open the database for reading, with the views that questions are written over, a period and a scope."""

import sqlite3
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path


class NotReady(Exception):
    """The database cannot answer; the text says why and what to do."""


@cache
def view_definitions() -> dict[str, str]:
    """Name -> SELECT statement of every view in reports/views, the first comment line saying what it holds."""
    folder = files("reports.views")
    return {
        entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8").strip()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
    }


def open_database(path: Path, show_private: bool = False) -> sqlite3.Connection:
    """The database at `path`, read only, as it is at this moment: whatever is collected meanwhile is not seen.

    Raises NotReady where there is none or it is no database of ours.
    """
    if not path.exists():
        raise NotReady(f"There is no {path} yet. Run `plustwo collect` first.")
    try:
        connection, known = _connect(path, "mode=ro")
    except sqlite3.OperationalError as problem:
        # In a folder one may not write to, SQLite cannot make the files it shares between readers and writers.
        if path.with_name(f"{path.name}-wal").exists():
            raise NotReady(f"{path} cannot be read while it is written to, from here: {problem}.") from None
        connection, known = _connect(path, "immutable=1")
    except sqlite3.DatabaseError as problem:
        raise NotReady(f"{path} cannot be read as a database: {problem}.") from None
    if known != 2:
        raise NotReady(f"{path} holds no community yet. Run `plustwo collect` first.")
    prepare(connection, show_private)
    connection.execute("BEGIN")
    return connection


def _connect(path: Path, how: str) -> tuple[sqlite3.Connection, int]:
    """A connection, and how many of two tables that we need are there."""
    connection = sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, isolation_level=None)
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('votes', 'identities')").fetchone()
    return connection, int(found[0])


def prepare(connection: sqlite3.Connection, show_private: bool = False) -> None:
    """Give a connection the views and the small tables they read: options, period, scope, scope_teams."""
    connection.execute("CREATE TEMP TABLE options (show_private INTEGER NOT NULL)")
    connection.execute("CREATE TEMP TABLE period (since INTEGER NOT NULL, until INTEGER NOT NULL)")
    connection.execute("CREATE TEMP TABLE scope (project_id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TEMP TABLE scope_teams (team_id INTEGER PRIMARY KEY)")
    connection.execute("INSERT INTO options VALUES (?)", (int(show_private),))
    for name, definition in view_definitions().items():
        connection.execute(f"CREATE TEMP VIEW {name} AS\n{definition}")


def set_period(connection: sqlite3.Connection, since: int, until: int) -> None:
    """Let the views speak of [since, until), epoch seconds UTC."""
    connection.execute("DELETE FROM period")
    connection.execute("INSERT INTO period VALUES (?, ?)", (since, until))


def set_scope(connection: sqlite3.Connection, project_ids: Iterable[int], team_ids: Iterable[int]) -> None:
    """Let the views speak of these projects, and take these teams' cores for cores."""
    connection.execute("DELETE FROM scope")
    connection.execute("DELETE FROM scope_teams")
    connection.executemany("INSERT INTO scope VALUES (?)", [(one,) for one in project_ids])
    connection.executemany("INSERT INTO scope_teams VALUES (?)", [(one,) for one in team_ids])
