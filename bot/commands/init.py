"""`plustwo init`: ask a server what it is, and write a configuration for it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from bot.access_options import server_of, with_access_options
from bot.config import Config, Loaded
from bot.errors import UserError
from bot.find_server import Found, found_server
from bot.first_config import Findings, write_config
from bot.main import Invocation
from collectors.gerrit import survey
from collectors.gerrit.approval import approvers, core_of, top_vote, units
from collectors.gerrit.choice import choose_projects, is_glob
from collectors.gerrit.conversation import Conversation
from collectors.gerrit.problems import Forbidden, NotFound, NotSignedIn
from collectors.gerrit.sense import find_bots, read_labels

FEW = 20
"""Projects that are all watched if nobody says which."""


@click.command("init", short_help="Ask a server what it is, and write a configuration for it.")
@click.argument("url")
@click.argument("projects", metavar="[PROJECT]...", nargs=-1)
@click.option(
    "--output", metavar="FILE", default="config.toml", show_default=True, help="The file to write; - prints it instead."
)
@with_access_options
@click.pass_obj
def command(call: Invocation, /, url: str, projects: tuple[str, ...], output: str, **access: str) -> None:
    """Ask the Gerrit server at URL what it is, and write a commented configuration for it.

    PROJECT is a full name or a glob, like 'openstack/nova*'. Without any: all projects of the server if they are few, else
    the busiest. Nothing is overwritten, and no secret is written: only the names of files and variables that hold one.
    """
    path = Path(output)
    if output != "-" and path.exists():
        raise UserError(
            f"There is a {output} already, and nothing is overwritten. Name another file with --output FILE."
        )
    folder = Path() if output == "-" else path.parent
    loaded = Loaded((folder / "config.toml").resolve(), Config())
    with found_server(loaded, url, server_of(folder, access)) as found:
        text = write_config(_look(call, found, projects))
    if output == "-":
        click.echo(text, nl=False)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise UserError(f"{output} cannot be written: {problem.strerror}.") from None
    named = "" if output == "config.toml" else f"--config {output} "
    click.echo(f"{output} is written. Look through it, then run `plustwo {named}collect`.")


def _look(call: Invocation, found: Found, asked: Sequence[str]) -> Findings:
    talk = found.talk
    there = talk.ask(survey.active_projects)
    if not there:
        how = "" if talk.gerrit.access.signed_in else "; signed in (--user, --netrc, --cookies) there may be some"
        raise UserError(f"{found.server.url} shows no projects that are active{how}.")
    names, why = _named(asked, there, talk) if asked else _picked(there, talk)
    written = list(asked) or names
    day = datetime.fromtimestamp(call.now, UTC).strftime("%Y-%m-%d")
    findings = Findings(found.server, found.version, day, written, why)
    recent = talk.ask(lambda gerrit: survey.recent_changes(gerrit, names))
    findings.bots = find_bots(recent)
    machines = {bot.number for bot in findings.bots}
    findings.labels = read_labels(recent, machines)
    label = findings.review
    findings.approvers = approvers(recent, label, machines)
    findings.highest = top_vote(
        value for change in recent if label in change.labels for value in change.labels[label].values
    )
    try:
        rights = talk.ask(lambda gerrit: survey.access_rights(gerrit, names))
    except (Forbidden, NotFound, NotSignedIn):
        rights = {}
    cores = {name: core_of(name, rights, label, findings.highest) for name in names}
    findings.units = units(cores, urlsplit(found.server.url).hostname or "all")
    groups = {group for core in cores.values() for group in core.core}
    findings.readable = talk.ask(lambda gerrit: survey.readable_groups(gerrit, groups))
    findings.missing = _missing(findings, groups)
    return findings


def _named(asked: Sequence[str], there: Sequence[str], talk: Conversation) -> tuple[list[str], str]:
    names, missing = choose_projects(asked, there)
    if missing:
        raise UserError("\n".join(not_there(name, near, there, talk) for name, near in missing.items()))
    if any(map(is_glob, asked)):
        return names, f"Names and globs: {len(names)} projects now, and new ones that match are watched as they come."
    return names, f"Full names; {_globs(names)}."


def not_there(name: str, near: Sequence[str], there: Sequence[str], talk: Conversation) -> str:
    """The sentence for a project that the server does not show."""
    what = f"No project matches {name}" if is_glob(name) else f"The server shows no project {name}"
    others = f"Near it: {', '.join(near)}." if near else f"It shows {len(there):,}, like {there[0]}." if there else ""
    return f"{what}{to_nobody(talk)}. {others}".strip()


def to_nobody(talk: Conversation) -> str:
    """A hint for where something is not shown."""
    return "" if talk.gerrit.access.signed_in else " to us, who are not signed in"


def _globs(names: Sequence[str]) -> str:
    folder = names[0].rpartition("/")[0]
    return f'globs are fine as well, like "{folder}/*"' if folder else "globs are fine as well"


def _picked(there: Sequence[str], talk: Conversation) -> tuple[list[str], str]:
    if len(there) <= FEW:
        return list(there), f"All active projects of the server; {_globs(there)}."
    counts, weeks = talk.ask(survey.busiest)
    active = [name for name, _ in counts.most_common() if name in set(there)][:FEW]
    if not active:
        raise UserError(
            f"The server has {len(there):,} projects, and none with a change: name those to watch, like {there[0]}."
        )
    return sorted(active), (
        f"The busiest {len(active)} of {len(there):,} active projects, by the last {weeks} weeks with changes; "
        f"{_globs(active)}."
    )


def _missing(found: Findings, groups: set[str]) -> list[str]:
    """What would be in the file if we had been shown it."""
    how = (
        "the projects' owners see it" if found.signed_in else "sign in (--user, --netrc, --cookies) and run init again"
    )
    sentences = []
    if not found.labels:
        sentences.append("changes of these projects, so that labels and bots could not be told")
    if not groups:
        sentences.append(f"which groups may vote {found.vote}, in the access rights")
    if hidden := sorted(groups - found.readable.keys()):
        sentences.append(f"who is in {', '.join(map(json.dumps, hidden))}")
    return [f"{sentence}: {how}." for sentence in sentences]
