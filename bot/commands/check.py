"""`plustwo check`: every problem of the configuration and of what it points to, not only the first."""

import difflib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path

import click

from bot.config import GerritServer, Loaded, examine, is_url
from bot.errors import UserError
from bot.main import Invocation
from bot.open import apply_configuration
from collectors.notedb.git import GitError, list_tips
from collectors.people import read_accounts_file
from collectors.problems import SourceError
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
        if server.via == "rest":
            if not offline:
                yield from _server(loaded, server)
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


def _server(loaded: Loaded, server: GerritServer) -> Iterator[str]:
    """Ask a server for what its settings name: it itself, its projects, the groups of teams with projects on it."""
    from bot.gerrit import conversation
    from collectors.gerrit import directory
    from collectors.gerrit.limits import Limits
    from collectors.gerrit.problems import Forbidden, NotFound, NotSignedIn
    from collectors.upkeep import why_not

    place = f'gerrit "{server.name}"'
    try:
        with conversation(loaded, server, None, Limits(tries=2, first_pause=1)) as talk:
            there = talk.ask(directory.list_projects)
            for name in server.projects:
                if not any(fnmatchcase(one, name) for one in there) and name not in there:
                    near = difflib.get_close_matches(name, there, 1)
                    hint = f" Did you mean {near[0]}?" if near else ""
                    yield f"{place}: the server shows no project {name}: it does not exist, or reading it needs access.{hint}"
            for group in _groups(loaded, server):
                try:
                    talk.ask(lambda gerrit, group=group: directory.members_of(gerrit, group))  # type: ignore[misc]
                except (Forbidden, NotFound, NotSignedIn) as problem:
                    yield f"{place}: {why_not(group, problem)}."
    except SourceError as problem:
        yield f"{place}: {problem}"
    except UserError as problem:
        yield str(problem)


def _groups(loaded: Loaded, server: GerritServer) -> list[str]:
    """Groups that are core of a team with projects on a server."""
    found: dict[str, None] = {}
    for team in loaded.config.team:
        if any(_may_meet(mine, theirs) for mine in team.projects for theirs in server.projects):
            members = (str(one if isinstance(one, str | int) else one.who) for one in team.core)
            found.update(dict.fromkeys(one for one in members if _is_group(one)))
    return list(found)


def _is_group(who: str) -> bool:
    return "@" not in who and not who.rpartition(":")[2].isdigit()


def _may_meet(mine: str, theirs: str) -> bool:
    """Whether a team's pattern and a server's may mean the same project."""
    return fnmatchcase(theirs, mine) or fnmatchcase(mine, theirs)


def _teams(loaded: Loaded) -> Iterator[str]:
    projects = [project for server in loaded.config.gerrit for project in server.projects]
    names = [server.name for server in loaded.config.gerrit]
    for team in loaded.config.team:
        for pattern in team.projects:
            if not any(_may_meet(pattern, project) for project in projects):
                yield f'team "{team.name}": projects has {pattern!r}, which is no watched project.'
        spread = [
            server.name
            for server in loaded.config.gerrit
            if any(_may_meet(pattern, project) for project in server.projects for pattern in team.projects)
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
            elif _is_group(who) and not any(
                one.via == "rest" and one.name in (spread or names) for one in loaded.config.gerrit
            ):
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
