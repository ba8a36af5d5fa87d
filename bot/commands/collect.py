"""`plustwo collect`: bring the database up to date with every watched project."""

import sys
import time
from contextlib import closing

import click

from bot.config import Loaded, load
from bot.main import Invocation
from bot.open import alone, apply_configuration, open_store
from bot.progress import progress
from collectors.git_source import GitProject
from collectors.loop import RunSummary, collect, finish
from collectors.settings import project_ids, server_ids
from collectors.source import Source, Watched
from reports.render.cells import many


@click.command("collect", short_help="Read what is new into the database.")
@click.pass_obj
def command(call: Invocation) -> None:
    """Read what is new in every watched project into the database.

    Only changes that moved since the last run are read. It may be interrupted at any moment: the next run goes on where
    this one stopped. What cannot be understood is set aside with its reason, and the rest goes on.
    """
    loaded = load(call.config)
    with alone(loaded.database):
        summary = _collect(call, loaded)
    if not call.quiet or summary.errors:
        click.echo(describe(summary), nl=False)
    if summary.errors:
        raise SystemExit(1)


def _collect(call: Invocation, loaded: Loaded) -> RunSummary:
    with closing(open_store(loaded)) as connection:
        rules = apply_configuration(connection, loaded)
        sources = _sources(loaded, server_ids(connection), project_ids(connection))
        try:
            with progress(sys.stderr.isatty() and not call.quiet) as report:
                summary = collect(connection, sources, rules, call.now, report)
            finish(connection, summary, int(time.time()))
        except KeyboardInterrupt:
            click.echo("plustwo: interrupted. What was written stays; run it again to go on.", err=True)
            raise SystemExit(130) from None
        if summary.read_any:
            connection.execute("PRAGMA optimize")
    return summary


def _sources(loaded: Loaded, servers: dict[str, int], projects: dict[tuple[str, str], int]) -> list[Source]:
    return [
        GitProject(
            Watched(servers[server.name], server.name, projects[server.name, project], project),
            loaded.git_location(server, project), loaded.cache / server.name / f"{project}.git",        )
        for server in loaded.config.gerrit
        for project in server.projects
    ]  # fmt: skip


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
