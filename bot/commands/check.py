"""`plustwo check`: every problem of the configuration and of what it points to, not only the first."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path

import click

from bot.config import Loaded, examine, is_url
from bot.errors import UserError
from bot.main import Invocation
from bot.open import apply_configuration
from collectors.notedb.git import GitError, list_tips
from collectors.people import read_accounts_file
from collectors.store import open_database


@click.command("check", short_help="Find every problem in the configuration.")
@click.option("--offline", is_flag=True, help="Do not ask the servers.")
@click.pass_obj
def command(call: Invocation, offline: bool) -> None:
    """Find every problem in the configuration and in what it points to: keys, files, servers, teams.

    Ends with status 1 when there are any.
    """
    loaded, problems = examine(call.config)
    if loaded:
        problems += [*_files(loaded), *_teams(loaded), *_places(loaded, offline)]
    if loaded and not problems:
        problems += _names(loaded)
    for problem in problems:
        click.echo(f"  {problem}")
    if problems:
        click.echo(f"{call.config}: {len(problems)} problem{'s' if len(problems) > 1 else ''}.")
        raise SystemExit(1)
    click.echo(f"{call.config}: no problems.")


def _files(loaded: Loaded) -> Iterator[str]:
    for server in loaded.config.gerrit:
        if server.accounts:
            path = loaded.resolve(server.accounts)
            try:
                read_accounts_file(path)
            except OSError as problem:
                yield f'gerrit "{server.name}": accounts {path} cannot be read: {problem.strerror}.'
            except ValueError as problem:
                yield f'gerrit "{server.name}": accounts {path} cannot be used: {problem}.'
    parent = next(folder for folder in loaded.database.parents if folder.exists())
    if not parent.is_dir():
        yield f"database: {parent} is no folder."


def _places(loaded: Loaded, offline: bool) -> Iterator[str]:
    for server in loaded.config.gerrit:
        if server.via != "git":
            continue
        for project in server.projects:
            location = loaded.git_location(server, project)
            place = f'gerrit "{server.name}": {project}'
            if is_url(location):
                if offline:
                    continue
            elif not Path(location).exists():
                yield f"{place}: there is no {location}."
                continue
            try:
                if not list_tips(location):
                    yield f"{place}: {location} offers no refs/changes/*/meta, so there is nothing to collect."
            except GitError as problem:
                yield f"{place}: {location} cannot be read: {problem}."


def _teams(loaded: Loaded) -> Iterator[str]:
    projects = [project for server in loaded.config.gerrit for project in server.projects]
    names = [server.name for server in loaded.config.gerrit]
    for team in loaded.config.team:
        for pattern in team.projects:
            if not any(fnmatchcase(project, pattern) for project in projects):
                yield f'team "{team.name}": projects has {pattern!r}, which is no watched project.'
        spread = [
            server.name
            for server in loaded.config.gerrit
            if any(fnmatchcase(project, pattern) for project in server.projects for pattern in team.projects)
        ]
        for member in team.core:
            who = str(member if isinstance(member, str | int) else member.who)
            server, _, number = who.rpartition(":")
            if number.isdigit():
                if server and server not in names:
                    yield f'team "{team.name}": core has {who}, and there is no gerrit "{server}".'
                elif not server and len(spread) > 1:
                    yield (
                        f'team "{team.name}": core has {who}, and its projects are on {" and ".join(spread)}: '
                        f"write {spread[0]}:{who}."
                    )
            elif "@" not in who:
                yield (
                    f'team "{team.name}": core has {who!r}, which looks like a group of the server; git does not tell who is '
                    "in it. List its members by account id or address."
                )


def _names(loaded: Loaded) -> Iterator[str]:
    """Core members and bots that no account answers to, once something was collected."""
    if not loaded.database.exists():
        return
    try:
        with closing(open_database(loaded.database)) as connection:
            apply_configuration(connection, loaded)
            yield from _unanswered(loaded, connection)
    except (sqlite3.Error, UserError) as problem:
        yield f"database: {loaded.database} cannot be used: {problem}"


def _unanswered(loaded: Loaded, connection: sqlite3.Connection) -> Iterator[str]:
    if not connection.execute("SELECT 1 FROM changes LIMIT 1").fetchone():
        return
    numbers = {str(row[0]) for row in connection.execute("SELECT number FROM accounts")}
    emails = {row[0] for row in connection.execute("SELECT email FROM accounts WHERE email IS NOT NULL")}
    rows = connection.execute("SELECT t.name, m.kind, m.value FROM team_members m JOIN teams t ON t.id = m.team_id")
    for team, kind, value in rows:
        if (kind == "account" and value not in numbers) or (kind == "email" and value not in emails):
            yield f'team "{team}": core has {value}, which no collected account answers to.'
    names = {row[0] for row in connection.execute("SELECT name FROM accounts WHERE name IS NOT NULL")}
    for server in loaded.config.gerrit:
        for bot in map(str, server.bots):
            if bot not in numbers | emails | names:
                yield f'gerrit "{server.name}": bots has {bot!r}, which no collected account answers to.'
