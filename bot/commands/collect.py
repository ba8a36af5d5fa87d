"""`plustwo collect`: bring the database up to date with every watched project."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.config import Loaded, epoch, load
from bot.main import Invocation
from bot.open import alone, apply_configuration, open_store
from bot.progress import progress
from collectors.git_source import GitProject
from collectors.loop import collect
from collectors.run import RunSummary, finish
from collectors.settings import server_ids
from collectors.source import Source, Watched
from reports.render.cells import many

if TYPE_CHECKING:
    from bot.servers import Servers


@click.command("collect", short_help="Read what is new into the database.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
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
        summary, notes, idle = _collect(call, loaded, epoch(since.date()) if since else None, everything)
    for note in (*notes, *idle):
        click.echo(note)
    if not call.quiet or summary.errors:
        click.echo(describe(summary), nl=False)
    if summary.errors or idle:
        raise SystemExit(1)


def _collect(
    call: Invocation, loaded: Loaded, since: int | None, everything: bool
) -> tuple[RunSummary, list[str], list[str]]:
    """What was done, what could not be asked for besides, and which servers have nothing that is read."""
    with closing(open_store(loaded)) as connection, ExitStack() as stack:
        try:
            servers = None
            if any(server.via == "rest" for server in loaded.config.gerrit):
                from bot.servers import Servers  # brings aiohttp along: a quarter of a second that git has no use for

                servers = stack.enter_context(Servers(loaded, connection, call.now, since, everything).open())
            rules = apply_configuration(connection, loaded)
            sources = list(_sources(loaded, connection, servers))
            talks = list(servers.talks.values()) if servers else []
            with progress(not call.quiet, sys.stderr.isatty(), [talk.gerrit.traffic for talk in talks]) as report:
                summary = collect(connection, sources, rules, call.now, report)
            if servers:
                servers.keep_up(rules, server_ids(connection), _away(summary))
            finish(connection, summary, int(time.time()))
        except KeyboardInterrupt:
            click.echo("plustwo: interrupted. What was written stays; run it again to go on.", err=True)
            raise SystemExit(130) from None
        if summary.read_any:
            connection.execute("PRAGMA optimize")
    return summary, servers.notes if servers else [], servers.idle if servers else []


def _away(summary: RunSummary) -> set[str]:
    """Servers none of whose projects could be read."""
    return {one.server for one in summary.projects} - {one.server for one in summary.projects if not one.error}


def _sources(loaded: Loaded, connection: sqlite3.Connection, servers: "Servers | None") -> Iterator[Source]:
    """One for all projects of a server over REST, one for each project over git."""
    ids = server_ids(connection)
    query = "SELECT id, name FROM projects WHERE server_id = ? AND watched = 1 ORDER BY id"
    for server in loaded.config.gerrit:
        server_id = ids[server.name]
        rows = connection.execute(query, (server_id,)).fetchall()
        projects = [Watched(server_id, server.name, project_id, name) for project_id, name in rows]
        if server.via == "git":
            for one in projects:
                cache = loaded.cache / server.name / f"{one.project}.git"
                yield GitProject(one, loaded.git_location(server, one.project), cache)
        elif projects and servers:
            yield servers.source(projects)
        elif servers:
            servers.idle.append(
                f"{server.name}: NOT READ: its projects in config.toml match none that the server shows"
            )


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
        elif not one.changes:
            lines.append(f"{name}: nothing there yet that is shown to us")
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
