"""Collect from a real Gerrit through the command line, over REST and over git, and compare what came of it."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from click.testing import CliRunner, Result

import bot.main
from tests.gerrit.server import GerritServer
from tests.gerrit.workshop import Change

NAME = "lantern"
Row = tuple[Any, ...]
Differences = dict[str, tuple[list[Row], list[Row]]]  # table -> rows that only REST has, rows that only git has

# Table -> what of it does not depend on the way. Left out: the commits and descriptions of patch sets, which REST is not
# asked for, and when a change was missed, which is the clock's.
COMPARED: dict[str, str] = {
    "changes": (
        "id, number, change_key, branch, subject, status, owner_id, created_at, updated_at, merged_at, submitter_id, "
        "submission_id, topic, hashtags, wip, private, patch_set, cherry_pick_of, revert_of, meta_rev, gone_at IS NULL, "
        "(SELECT name FROM {database}.projects p WHERE p.id = project_id)"
    ),
    "patch_sets": "change_id, number, uploader_id, real_uploader_id, uploaded_at",
    "messages": "change_id, seq, key, account_id, real_account_id, at, patch_set, tag, kind, act, text",
    "votes": (
        "change_id, seq, label, patch_set, account_id, value, at, ended_at, ended_how, ended_seq, machine"
    ),
    "comments": (
        "change_id, patch_set, uuid, parent_uuid, thread_uuid, message_seq, account_id, at, path, line, unresolved, "
        "resolved, text"
    ),
    "reviewers": "change_id, seq, account_id, state, at, by_id",
    "events": "change_id, kind, row_number() OVER (PARTITION BY change_id, kind ORDER BY seq), at, account_id, value",
    "copied_votes": "change_id, patch_set, account_id, label, value, at, ended_at",
}  # fmt: skip
KINDS = ("status", "wip", "private", "branch")
"""Kinds of events that the messages tell; a topic's and a hashtag's first are guessed from what is there now."""


class Collector:
    """Somebody who collects projects of one server in one way, into a database of their own.

    `more` is further TOML, for the server's table or behind it.
    """

    def __init__(self, folder: Path, server: GerritServer, projects: Iterable[str], more: str = "", git: bool = False):
        folder.mkdir(exist_ok=True)
        self.config, self.database = folder / "config.toml", folder / "plustwo.sqlite"
        self.server, self.git = server, git
        self.watch(projects, more)

    def watch(self, projects: Iterable[str], more: str = "") -> None:
        """Write the configuration."""
        where = [f'git = "{self.server.repositories}/{{project}}.git"'] if self.git else []
        lines = ["[[gerrit]]", f'name = "{NAME}"', f'url = "{self.server.url}"', *where]
        self.config.write_text("\n".join([*lines, f"projects = {json.dumps(list(projects))}", more, ""]))

    def collect(self, *words: str, later: float = 0, fails: bool = False) -> str:
        """What `plustwo collect` prints. `later` is by how many seconds its clock is ahead."""
        result = self.run("collect", *words, later=later)
        assert bool(result.exit_code) == fails, result.output
        return result.output

    def run(self, *words: str, later: float = 0) -> Result:
        """One command, as it ends; what nobody expected is raised."""
        clock = SimpleNamespace(time=lambda: bot.main.time.time() + later)
        real = bot.main.time
        clock = SimpleNamespace(time=lambda: real.time() + later)
        with mock.patch.object(bot.main, "time", clock):
            return CliRunner().invoke(
                bot.main.main, ["--config", str(self.config), *words], catch_exceptions=False
            )

    def ask(self, question: str, *words: str) -> Any:
        """The rows of an answer about all time."""
        period = ("--since", "2000-01-01", "--until", "2100-01-01")
        result = self.run(question, *period, "--format", "json", *words)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)["rows"]

    def rows(self, query: str, *values: object) -> list[Row]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, values).fetchall()
