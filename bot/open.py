"""Open the configured database: for reading, with the configuration's teams and names in it; for writing."""

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.config import CoreMember, GerritServer, Loaded, TeamSettings, epoch, load
from bot.errors import UserError
from collectors.people import normal_email
from collectors.rules import Rules
from collectors.settings import Core, Server, Team, apply_settings
from collectors.store import open_database as open_for_writing
from reports.database import NotReady, open_database


@contextmanager
def open_for_questions(config: Path) -> Iterator[sqlite3.Connection]:
    """The configuration's database, read only. What changed in the configuration is written into it first."""
    loaded = load(config)
    if not loaded.database.exists():
        raise NotReady(f"There is no {loaded.database} yet. Run `plustwo --config {config} collect` first.")
    if os.access(loaded.database, os.W_OK):  # somebody who may only read it sees it as it was last configured
        with closing(open_store(loaded)) as writing:
            apply_configuration(writing, loaded)
    with closing(open_database(loaded.database, loaded.config.rules.show_private)) as connection:
        yield connection


def open_store(loaded: Loaded) -> sqlite3.Connection:
    """The database for writing, made where there is none. Raises UserError where it cannot be."""
    try:
        loaded.database.parent.mkdir(parents=True, exist_ok=True)
        return open_for_writing(loaded.database)
    except (OSError, sqlite3.Error) as problem:
        raise UserError(f"{loaded.database} cannot be used as the database: {problem}.") from None


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Only one process at a time collects into a database. Raises UserError where another one does."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        file = database.with_name(f"{database.name}.lock").open("w")
    except OSError as problem:
        raise UserError(f"{problem.filename} cannot be written: {problem.strerror}.") from None
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"Another `plustwo collect` is writing to {database}. Wait until it ends.") from None
        yield


def apply_configuration(connection: sqlite3.Connection, loaded: Loaded) -> Rules:
    """Write servers, teams, labels and names into the database where they changed. Raises UserError for unusable files."""
    servers = [_server(loaded, server) for server in loaded.config.gerrit]
    teams = [_team(team) for team in loaded.config.team]
    try:
        recheck, labels = re.compile(loaded.config.rules.recheck), loaded.config.labels.roles
        return apply_settings(connection, servers, teams, recheck, labels)
    except OSError as problem:
        raise UserError(f"The accounts file {problem.filename} cannot be read: {problem.strerror}.") from None
    except ValueError as problem:
        raise UserError(f"An accounts file cannot be used: {problem}.") from None


def _server(loaded: Loaded, server: GerritServer) -> Server:
    accounts = loaded.resolve(server.accounts) if server.accounts else None
    return Server(server.name, server.url, tuple(server.projects), tuple(map(str, server.bots)), accounts)


def _team(team: TeamSettings) -> Team:
    core = []
    for member in team.core:
        full = CoreMember(member) if isinstance(member, str | int) else member
        kind, value, server = _kind(str(full.who))
        core.append(Core(kind, value, epoch(full.since) or 0, epoch(full.until), server))
    return Team(team.name, tuple(team.projects), tuple(core))


def _kind(text: str) -> tuple[str, str, str | None]:
    """What a core entry is (an account number, an address, or the name of a group), it, and `server` of `server:12`."""
    server, _, number = text.rpartition(":")
    if number.isdigit():
        return "account", number, server or None
    return ("email", normal_email(text), None) if "@" in text else ("group", text, None)
