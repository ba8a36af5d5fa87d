"""The Gerrit servers of the configuration that are read over REST, for as long as one run of `plustwo collect` lasts."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase

from bot.config import GerritServer, Loaded, epoch
from bot.gerrit import conversation
from collectors.gerrit.choice import is_glob
from collectors.gerrit.conversation import Conversation
from collectors.people import refresh_people
from collectors.problems import SourceError
from collectors.rest_source import RestServer
from collectors.rules import Rules
from collectors.source import Watched
from collectors.upkeep import absent_projects, refresh_accounts, refresh_groups, refresh_projects

_GROUPS = """
    SELECT DISTINCT m.value FROM team_members m JOIN team_projects tp ON tp.team_id = m.team_id
    JOIN projects p ON p.id = tp.project_id WHERE m.kind = 'group' AND p.server_id = ? ORDER BY 1
"""
"""Groups that are core of a team with projects on a server."""


class Servers:
    """Conversations with all of them; `notes` are sentences about what could not be asked, besides changes, and `idle`
    about servers none of whose projects are there.

    `now` is epoch seconds; `since` and `everything` are the options of the command.
    """

    def __init__(
        self, loaded: Loaded, connection: sqlite3.Connection, now: int, since: int | None, everything: bool
    ) -> None:
        self.loaded, self.connection, self.now = loaded, connection, now
        self.since, self.everything = since or 0, everything
        self.talks: dict[str, Conversation] = {}
        self.notes: list[str] = []
        self.idle: list[str] = []

    @contextmanager
    def open(self) -> Iterator["Servers"]:
        """Begins the conversations, and knows the servers' projects."""
        with ExitStack() as stack:
            for server in self.loaded.config.gerrit:
                if server.via == "rest":
                    talk = stack.enter_context(conversation(self.loaded, server, self.connection))
                    self.talks[server.name] = talk
                    self._note_moved(server)
                    with self._noted(server.name, "projects"):
                        gone = refresh_projects(self.connection, server.name, talk, self.now)
                        self.notes += [
                            f"{server.name}: {name} is no longer among the server's projects" for name in gone
                        ]
            yield self

    def _note_moved(self, server: GerritServer) -> None:
        """Say where a name now means another address: its projects are listed anew, its accounts and changes are kept."""
        row = self.connection.execute("SELECT url FROM servers WHERE name = ?", (server.name,)).fetchone()
        if row and row[0] != server.url.rstrip("/"):
            self.connection.execute("DELETE FROM server_projects WHERE server = ?", (server.name,))
            self.notes.append(
                f"{server.name}: it was at {row[0]} and is at {server.url} now; if that is another server, give it a name of its "
                "own, or another database"
            )

    def source(self, projects: list[Watched]) -> RestServer:
        """What reads the projects of one server."""
        name = projects[0].server
        talk = self.talks[name]
        server = next(one for one in self.loaded.config.gerrit if one.name == name)
        absent: dict[int, str] = {}
        with self._noted(name, ""):
            names = [(one.project_id, one.project) for one in projects]
            absent = absent_projects(self.connection, name, names, talk, self.now)
        for pattern in server.projects:
            if is_glob(pattern) and not any(fnmatchcase(one.project, pattern) for one in projects):
                self.notes.append(f"{name}: {pattern!r} matches no project that the server shows")
        # A batch must fit into a day's requests, or the day's work would be lost: each change may need comments of its own.
        batch = max(min(100, server.requests_per_day // 4), 1) if server.requests_per_day else None
        since = max(self.since, epoch(server.since) or 0)
        return RestServer(projects, talk, since, self.everything, absent, batch)

    def keep_up(self, rules: Rules, ids: dict[str, int], failed: set[str]) -> None:
        """Core groups and accounts, of servers that could be asked for changes; then people anew."""
        for name, talk in self.talks.items():
            if name not in failed:
                with self._noted(name, "groups and accounts"):
                    self._people(name, ids[name], talk)
        refresh_people(self.connection, rules)

    def _people(self, name: str, server_id: int, talk: Conversation) -> None:
        groups = [row[0] for row in self.connection.execute(_GROUPS, (server_id,))]
        problems = refresh_groups(self.connection, server_id, groups, talk, self.now)
        self.notes += [f"{name}: {problem}." for problem in problems]
        refresh_accounts(self.connection, server_id, talk, self.now)

    @contextmanager
    def _noted(self, name: str, what: str) -> Iterator[None]:
        """What fails here is said and no more: where the server is away, reading its changes fails as well."""
        try:
            yield
        except SourceError as problem:
            if what:
                self.notes.append(f"{name}: {what} could not be read: {problem}")
