"""`plustwo collect`: bring the database up to date with every watched project."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime

import click

from bot.config import GerritServer, Loaded, epoch, load
from bot.gerrit import conversation
from bot.main import Invocation
from bot.open import alone, apply_configuration, open_store
from bot.progress import progress
from collectors.gerrit.conversation import Conversation
from collectors.git_source import GitProject
from collectors.loop import RunSummary, collect, finish
from collectors.people import refresh_people
from collectors.problems import SourceError
from collectors.rest_source import RestServer
from collectors.rules import Rules
from collectors.settings import server_ids
from collectors.source import Source, Watched
from collectors.upkeep import absent_projects, refresh_accounts, refresh_groups, refresh_projects
from reports.render.cells import many

_GROUPS = """
    SELECT DISTINCT m.value FROM team_members m JOIN team_projects tp ON tp.team_id = m.team_id
    JOIN projects p ON p.id = tp.project_id WHERE m.kind = 'group' AND p.server_id = ? ORDER BY 1
"""
"""Groups that are core of a team with projects on a server."""


@click.command("collect", short_help="Read what is new into the database.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Over REST, read history no further back than this day (UTC) in this run; `since` in config.toml says it for good.",
)
@click.option(
    "--everything",
    is_flag=True,
    help="Over REST, list all there is, to find what was deleted or missed; weekly by itself.",
)
@click.pass_obj
def command(call: Invocation, since: datetime | None, everything: bool) -> None:
    """Read what is new in every watched project into the database.

    Only changes that moved since the last run are read. It may be interrupted at any moment: the next run goes on where
    this one stopped. What cannot be understood is set aside with its reason, and the rest goes on.
    """
    loaded = load(call.config)
    with alone(loaded.database):
        summary, notes = _collect(call, loaded, epoch(since.date()) if since else None, everything)
    for note in notes:
        click.echo(note)
    if not call.quiet or summary.errors:
        click.echo(describe(summary), nl=False)
    if summary.errors:
        raise SystemExit(1)


def _collect(call: Invocation, loaded: Loaded, since: int | None, everything: bool) -> tuple[RunSummary, list[str]]:
    with closing(open_store(loaded)) as connection, ExitStack() as stack:
        try:
            talks = {
                server.name: stack.enter_context(conversation(loaded, server, connection))
                for server in loaded.config.gerrit
                if server.via == "rest"
            }
            unlisted = _list_projects(call, connection, talks)
            rules = apply_configuration(connection, loaded)
            sources = [
                source
                for server in loaded.config.gerrit
                for source in _sources(loaded, connection, server, talks.get(server.name), since, everything)
            ]
            with progress(sys.stderr.isatty() and not call.quiet, [talk.gerrit for talk in talks.values()]) as report:
                summary = collect(connection, sources, rules, call.now, report)
            notes = [*unlisted, *_keep_up(call, connection, loaded, rules, talks, summary)]
            finish(connection, summary, int(time.time()))
        except KeyboardInterrupt:
            click.echo("plustwo: interrupted. What was written stays; run it again to go on.", err=True)
            raise SystemExit(130) from None
        if summary.read_any:
            connection.execute("PRAGMA optimize")
    return summary, notes


def _list_projects(call: Invocation, connection: sqlite3.Connection, talks: dict[str, Conversation]) -> list[str]:
    """Know the servers' projects; a server that cannot be asked is met again when its projects are read."""
    notes = []
    for name, talk in talks.items():
        try:
            refresh_projects(connection, name, talk, call.now)
        except SourceError as problem:
            notes.append(f"{name}: its projects could not be listed: {problem}")
    return notes


def _sources(
    loaded: Loaded, connection: sqlite3.Connection, server: GerritServer, talk: Conversation | None,
    since: int | None, everything: bool,
) -> Iterator[Source]:  # fmt: skip
    """One for all projects of a server over REST, one for each project over git."""
    server_id = server_ids(connection)[server.name]
    rows = connection.execute(
        "SELECT id, name FROM projects WHERE server_id = ? AND watched = 1 ORDER BY id", (server_id,)
    )
    projects = [Watched(server_id, server.name, project_id, name) for project_id, name in rows]
    if talk is None:
        for one in projects:
            cache = loaded.cache / server.name / f"{one.project}.git"
            yield GitProject(one, loaded.git_location(server, one.project), cache)
    elif projects:
        absent = _absent(connection, server.name, projects, talk)
        back_to = max(since or 0, epoch(server.since) or 0)
        yield RestServer(projects, talk, back_to, everything, absent)


def _absent(connection: sqlite3.Connection, server: str, projects: list[Watched], talk: Conversation) -> dict[int, str]:
    try:
        return absent_projects(connection, server, [(one.project_id, one.project) for one in projects], talk)
    except SourceError:
        return {}  # the poll that follows fails as well, and says so


def _keep_up(
    call: Invocation, connection: sqlite3.Connection, loaded: Loaded, rules: Rules, talks: dict[str, Conversation],
    summary: RunSummary,
) -> list[str]:  # fmt: skip
    """Core groups and accounts; only of servers that could be asked for changes."""
    failed = {project.server for project in summary.errors}
    notes = []
    for name, talk in talks.items():
        if name in failed:
            continue
        server_id = server_ids(connection)[name]
        try:
            groups = [row[0] for row in connection.execute(_GROUPS, (server_id,))]
            problems = refresh_groups(connection, server_id, groups, talk, call.now)
            notes += [f"{name}: {problem}." for problem in problems]
            refresh_accounts(connection, server_id, talk, call.now)
        except SourceError as problem:
            notes.append(f"{name}: groups and accounts could not be read: {problem}")
    refresh_people(connection, rules)
    return notes


def describe(summary: RunSummary) -> str:
    """The run in lines a person reads: each project that moved or failed, then the sum."""
    lines = []
    for one in summary.projects:
        name = f"{one.server}: {one.project}"
        if one.error:
            lines.append(f"{name}: NOT READ: {one.error}")
        elif one.read or one.gone:
            parts = [f"{one.read} of {one.changes} changes read ({one.commits} events)"]
            parts += [f"{one.gone} gone from the server"] if one.gone else []
            parts += [f"{one.set_aside} set aside"] if one.set_aside else []
            lines.append(f"{name}: {', '.join(parts)}")
    for one in summary.projects:
        lines += [f"  set aside in {one.project}: {a.item} at {a.revision[:12]}: {a.reason}" for a in one.asides[:10]]
        if len(one.asides) > 10:
            lines.append(f"  and {len(one.asides) - 10} more; they are all in the table `quarantine`")
    read, changes = sum(one.read for one in summary.projects), sum(one.changes for one in summary.projects)
    whole = f"{many(len(summary.projects), 'project')}, {many(changes, 'change')}"
    news = f"{many(read, 'change')} read" if read else "nothing read" if summary.errors else "nothing new"
    failed = f"; {many(len(summary.errors), 'project')} could not be read" if summary.errors else ""
    lines.append(f"{whole}: {news}{failed}.")
    return "\n".join(lines) + "\n"
