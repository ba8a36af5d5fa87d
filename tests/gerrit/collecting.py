"""Collect from a real Gerrit with `plustwo collect`, over REST and over git, and compare what came of it."""

import json
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from click.testing import CliRunner, Result

import bot.main
from collectors.gerrit.client import Gerrit
from tests.gerrit.server import GerritServer
from tests.gerrit.workshop import Change

NAME = "lantern"
Row = tuple[Any, ...]
Differences = dict[str, tuple[list[Row], list[Row]]]  # table -> rows that only REST has, rows that only git has

COMPARED = {
    "changes": (
        "id, number, change_key, branch, subject, status, owner_id, created_at, updated_at, merged_at, submitter_id, "
        "submission_id, topic, hashtags, wip, private, patch_set, cherry_pick_of, revert_of, meta_rev, gone_at IS NULL"
    ),
    "patch_sets": "change_id, number, uploader_id, real_uploader_id, uploaded_at",
    "messages": "change_id, seq, key, account_id, real_account_id, at, patch_set, tag, kind, act, text",
    "votes": "change_id, seq, label, patch_set, account_id, value, at, ended_at, ended_how, ended_seq, machine",
    "comments": (
        "change_id, patch_set, uuid, parent_uuid, thread_uuid, message_seq, account_id, at, path, line, unresolved, "
        "resolved, text"
    ),
    "reviewers": "change_id, seq, account_id, state, at, by_id",
    "events": "change_id, kind, row_number() OVER (PARTITION BY change_id, kind ORDER BY seq), at, account_id, value",
    "copied_votes": "change_id, seq, patch_set, account_id, label, value, at, ended_at, ended_seq",
}
"""Table -> what of it does not depend on the way. Left out: commits and descriptions of patch sets, which REST is not asked
for, and when a change was missed, which is our own clock's."""

KINDS = ("branch", "private", "status", "wip")
"""Kinds of events that both ways tell of; who set a topic or a hashtag with an upload, say, is not in any message."""


class Collector:
    """Somebody who collects projects of one server in one way, into a database of their own."""

    def __init__(
        self, folder: Path, server: GerritServer, projects: Iterable[str], more: str = "", *, git: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config, self.database = folder / "config.toml", folder / "plustwo.sqlite"
        self.url, self.place = server.url, f"{server.repositories}/{{project}}.git" if git else ""
        self.watch(projects, more)

    def watch(self, projects: Iterable[str], more: str = "") -> None:
        """Write the configuration; `more` is further TOML for the server's table, and of tables behind it."""
        lines = ["[[gerrit]]", f'name = "{NAME}"', f'url = "{self.url}"', f"projects = {json.dumps(list(projects))}"]
        lines += [f'git = "{self.place}"'] if self.place else []
        self.config.write_text("\n".join([*lines, more, ""]), encoding="utf-8")

    def collect(self, *words: str, later: int = 0, status: int = 0) -> str:
        """What `plustwo collect` prints; `later` is by how many seconds the clock here is ahead of the server's."""
        result = self.run("collect", *words, later=later)
        assert result.exit_code == status, result.output
        return result.output

    def run(self, *words: str, later: int = 0) -> Result:
        """One command, however it ends; what nobody expected is raised."""
        with mock.patch.object(bot.main, "time", SimpleNamespace(time=lambda: time.time() + later)):
            return CliRunner().invoke(bot.main.main, ["--config", str(self.config), *words], catch_exceptions=False)

    def requests(self, *words: str, later: int = 0) -> list[str]:
        """The paths that `plustwo collect` asks the server for, each as often as it does."""
        asked: list[str] = []
        get = Gerrit.get

        async def noted(gerrit: Gerrit, path: str, *more: Any, **others: Any) -> Any:
            asked.append(path)
            return await get(gerrit, path, *more, **others)

        with mock.patch.object(Gerrit, "get", noted):
            self.collect(*words, later=later)
        return asked

    def ask(self, question: str, *words: str) -> list[dict[str, Any]]:
        """The rows of an answer about all time."""
        period = ("--since", "2000-01-01", "--until", "2100-01-01")
        result = self.run(question, *period, "--format", "json", *words)
        assert result.exit_code == 0, result.output
        rows: list[dict[str, Any]] = json.loads(result.stdout)["rows"]
        return rows

    def rows(self, query: str, *values: object) -> list[Row]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, values).fetchall()

    def of(self, change: Change, table: str, columns: str) -> list[Row]:
        """Some columns of a change's rows, in order; for `who` and `by`, the names that people sign in with."""
        for name, column in (("who", "account_id"), ("by", "by_id"), ("really", "real_account_id")):
            look_up = f"(SELECT username FROM accounts a WHERE a.id = t.{column})"
            columns = ", ".join(look_up if one == name else one for one in columns.split(", "))
        order = {"patch_sets": "number", "comments": "at, uuid", "copied_votes": "patch_set, label, seq, value"}.get(
            table, "seq"
        )
        query = f"SELECT {columns} FROM {table} t WHERE change_id & 0xFFFFFFFF = ? ORDER BY {order}"
        return self.rows(query, change.number)


class BothWays:
    """Somebody who collects the same projects over REST and over git: both must come to the same rows.

    What is asked of it by hand is answered from the database that was collected over REST. `more` is for REST's
    configuration, see `Collector.watch`.
    """

    def __init__(self, folder: Path, server: GerritServer, *projects: str, more: str = "") -> None:
        self.rest = Collector(folder / "rest", server, projects, more)
        self.git = Collector(folder / "git", server, projects, git=True)

    def collect(self, *words: str, status: int = 0) -> str:
        """What `plustwo collect` prints over REST; fails where the rows differ afterwards."""
        said = self.rest.collect(*words, status=status)
        self.git.collect()
        found = differences(self.rest.database, self.git.database)
        assert not found, "\n".join(
            f"{table}, only over {way}: {row}"
            for table, sides in found.items()
            for way, rows in zip(("REST", "git"), sides, strict=True)
            for row in rows[:20]
        )
        return said

    def votes(self, change: Change) -> list[Row]:
        """Who gave which vote on which patch set, and how it ended."""
        return self.rest.of(change, "votes", "who, label, value, patch_set, ended_how")

    def said(self, change: Change) -> list[Row]:
        """Who said something, on which patch set, of what kind and whether it counts."""
        return self.rest.of(change, "messages", "who, patch_set, kind, act")

    def copies(self, change: Change) -> list[Row]:
        return self.rest.of(change, "copied_votes", "who, label, value, patch_set, ended_at IS NULL")

    def events(self, change: Change) -> list[Row]:
        return self.rest.of(change, "events", "who, kind, value")

    def reviewers(self, change: Change) -> list[Row]:
        return self.rest.of(change, "reviewers", "who, state, by")

    def change(self, change: Change, columns: str) -> Row:
        [row] = self.rest.rows(f"SELECT {columns} FROM changes WHERE number = ?", change.number)
        return row

    def reviews(self, *words: str) -> dict[str, dict[str, Any]]:
        """Who reviewed, by name: the rows of `plustwo reviewers`."""
        return {row["person"]: row for row in self.rest.ask("reviewers", *words)}


def equal_over_both_ways(folder: Path, server: GerritServer, *projects: str) -> BothWays:
    """Collect projects over both ways; fails where the rows differ."""
    both = BothWays(folder, server, *projects)
    both.collect()
    return both


def differences(rest: Path, git: Path, kinds: Iterable[str] = KINDS) -> Differences:
    """The rows of two databases of the same server that are not the same."""
    found = {}
    with closing(sqlite3.connect(rest)) as connection:
        connection.execute("ATTACH ? AS git", (str(git),))
        chosen = ", ".join(f"'{kind}'" for kind in kinds)
        for table, columns in COMPARED.items():
            those = f"WHERE kind IN ({chosen})" if table == "events" else ""
            ours, theirs = (f"SELECT {columns} FROM {schema}.{table} {those}" for schema in ("main", "git"))
            sides = [
                connection.execute(f"{one} EXCEPT {other} ORDER BY 1, 2, 3").fetchall()
                for one, other in ((ours, theirs), (theirs, ours))
            ]
            if any(sides):
                found[table] = (sides[0], sides[1])
    return found
