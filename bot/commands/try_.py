"""`plustwo try`: the last two weeks of a project, with nothing configured and nothing left behind."""

import shlex
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from bot.access_options import server_of, with_access_options
from bot.commands import collect, commands
from bot.commands.init import not_there, to_nobody
from bot.config import Config, Loaded
from bot.errors import UserError
from bot.find_server import found_server
from bot.first_config import server_settings
from bot.main import Invocation
from collectors.gerrit import survey
from collectors.gerrit.choice import choose_projects, is_glob
from collectors.gerrit.conversation import Conversation
from reports.period import DAY, Period, choose

SHOWN = ("reviewers", "newcomers", "digest")


@click.command("try", short_help="The last two weeks of a project, with nothing configured.")
@click.argument("url")
@click.argument("project")
@click.option("--days", type=int, metavar="N", default=14, show_default=True, help="How many days, before --until.")
@click.option("--until", metavar="DATE", help="First day or moment after them, UTC; now by default.")
@with_access_options
@click.pass_context
def command(context: click.Context, /, url: str, project: str, days: int, until: str | None, **access: str) -> None:
    """What happened in a project (full name or glob) in the last two weeks: who reviewed, who is new, the digest.

    Nothing needs to be configured, and nothing is left behind. What is older than that is not read.
    """
    call: Invocation = context.obj
    period = choose("days", call.now, days=days, until=until)
    with _folder() as folder:
        loaded = Loaded(folder / "config.toml", Config())
        with found_server(loaded, url, server_of(folder, access)) as found:
            names = _projects(found.talk, project, period)
        loaded.path.write_text("\n".join(server_settings(found.server, names)) + "\n", encoding="utf-8")
        context.obj = Invocation(loaded.path, call.quiet)
        context.invoke(collect.command, since=datetime.fromtimestamp(period.since, UTC))
        moments = {name: datetime.fromtimestamp(at, UTC).isoformat() for name, at in period._asdict().items()}
        for name in SHOWN:
            click.echo()
            context.invoke(commands()[name](), **moments)
    click.echo(f"\nTo keep it and have more: {shlex.join(['plustwo', 'init', found.server.url, project])}")


def _projects(talk: Conversation, asked: str, period: Period) -> Sequence[str]:
    """The projects meant. Raises UserError where there are none, or nothing happened in them."""
    names: Sequence[str] = [asked]
    last = None if is_glob(asked) else talk.ask(lambda gerrit: survey.newest(gerrit, names))
    if last is None:
        there = talk.ask(survey.active_projects)
        names, missing = choose_projects([asked], there)
        for name, near in missing.items():
            raise UserError(not_there(name, near, there, talk))
        last = talk.ask(lambda gerrit: survey.newest(gerrit, names))
    if last is None:
        raise UserError(f"{asked} has no changes that are shown{to_nobody(talk)}.")
    if last < period.since:
        day = datetime.fromtimestamp(last + DAY, UTC)
        raise UserError(
            f"Nothing happened in {asked} since {datetime.fromtimestamp(period.since, UTC):%Y-%m-%d}; "
            f"add --until {day:%Y-%m-%d} for the last that did."
        )
    return names


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder, which is removed whatever happens: also when told to end."""
    before = {number: signal.signal(number, _end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with tempfile.TemporaryDirectory(prefix="plustwo-") as name:
            yield Path(name)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
