"""Write what config.toml says of servers, projects, teams and accounts into the database, when it changed."""

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from collectors.gerrit.choice import NO_PROJECTS, is_glob
from collectors.people import load_accounts, mark_stale, read_accounts_file, refresh_people
from collectors.rules import LABELS, Labels, Rules
from collectors.store import transaction


class Server(NamedTuple):
    """A Gerrit server: name, URL for links, the full names of its watched projects, a file with names of accounts."""

    name: str
    url: str
    projects: Sequence[str]
    bots: Sequence[str]
    accounts: Path | None


class Core(NamedTuple):
    """A core member as configured: kind is account, email or group; `server` is given for an account of one server only.

    Times are epoch seconds, 0 and None are open.
    """

    kind: str
    value: str
    since: int
    until: int | None
    server: str | None = None


class Team(NamedTuple):
    """A team: project names or globs, and who is core."""

    name: str
    projects: Sequence[str]
    core: Sequence[Core]


def apply_settings(
    connection: sqlite3.Connection, servers: Sequence[Server], teams: Sequence[Team], recheck: re.Pattern[str],
    labels: Labels = LABELS,
) -> Rules:  # fmt: skip
    """Make the database agree with the configuration; returns the rules for reading records.

    Cheap when nothing changed: one digest is compared. Raises OSError or ValueError for an unusable accounts file.
    """
    digest = hashlib.sha256(repr((servers, teams, labels)).encode())
    for one in servers:
        digest.update(hashlib.sha256(one.accounts.read_bytes() if one.accounts else b"").digest())
        digest.update(repr(watched_projects(connection, one)).encode())
    row = connection.execute("SELECT value FROM settings WHERE key = 'configuration'").fetchone()
    if not row or row[0] != digest.hexdigest():
        with transaction(connection):
            _write_servers(connection, servers)
            _write_teams(connection, teams)
            _write_labels(connection, labels)
        for one in servers:
            if one.accounts:
                load_accounts(connection, server_ids(connection)[one.name], read_accounts_file(one.accounts))
        with transaction(connection):
            mark_stale(connection)
            connection.execute("INSERT OR REPLACE INTO settings VALUES ('configuration', ?)", (digest.hexdigest(),))
    ids = server_ids(connection)
    rules = Rules(recheck, {ids[one.name]: tuple(one.bots) for one in servers}, labels)
    refresh_people(connection, rules)
    return rules


def server_ids(connection: sqlite3.Connection) -> dict[str, int]:
    """Name of a server -> its id."""
    return dict(connection.execute("SELECT name, id FROM servers"))


def project_ids(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """Names of a server and a project -> the project's id."""
    query = "SELECT s.name, p.name, p.id FROM projects p JOIN servers s ON s.id = p.server_id"
    return {(server, project): project_id for server, project, project_id in connection.execute(query)}


def _write_servers(connection: sqlite3.Connection, servers: Sequence[Server]) -> None:
    connection.execute("UPDATE projects SET watched = 0")
    for one in servers:
        connection.execute(
            "INSERT INTO servers (name, url) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET url = ?2",
            (one.name, one.url.rstrip("/")),
        )
        server_id = server_ids(connection)[one.name]
        connection.executemany(
            "INSERT INTO projects (server_id, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET watched = 1",
            [(server_id, project) for project in watched_projects(connection, one)],
        )


def watched_projects(connection: sqlite3.Connection, server: Server) -> list[str]:
    """The full names that a server's projects mean: names as they are, patterns by what the server has listed."""
    query = "SELECT name FROM server_projects WHERE server = ? ORDER BY name"
    there = [row[0] for row in connection.execute(query, (server.name,))]
    found: dict[str, None] = {}
    for name in server.projects:
        if is_glob(name):
            own = [one for one in there if fnmatchcase(one, name) and one not in NO_PROJECTS]
            found.update(dict.fromkeys(own))
        else:
            found[name] = None
    return list(found)


def _write_teams(connection: sqlite3.Connection, teams: Sequence[Team]) -> None:
    connection.execute("DELETE FROM team_members")
    connection.execute("DELETE FROM team_projects")
    connection.execute("DELETE FROM teams")
    watched = connection.execute("SELECT id, name FROM projects WHERE watched = 1").fetchall()
    servers = server_ids(connection)
    for number, team in enumerate(teams, 1):
        connection.execute("INSERT INTO teams VALUES (?, ?)", (number, team.name))
        connection.executemany(
            "INSERT INTO team_projects VALUES (?, ?)",
            [(number, p) for p, name in watched if any(fnmatchcase(name, pattern) for pattern in team.projects)],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO team_members VALUES (?, ?, ?, ?, ?, ?, 'config')",
            [(number, c.kind, c.value, servers.get(c.server or ""), c.since, c.until) for c in team.core],
        )


def _write_labels(connection: sqlite3.Connection, labels: Labels) -> None:
    connection.execute("DELETE FROM label_roles")
    roles = labels._asdict().items()
    connection.executemany(
        "INSERT INTO label_roles VALUES (?, ?)", [(name, role) for role, names in roles for name in names]
    )
