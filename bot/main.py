"""The command line: `plustwo [--config FILE] COMMAND`. Clock and environment are read here and nowhere below."""

import os
import sqlite3
import sys
import time
from pathlib import Path

import click

from bot.errors import UserError
from collectors.problems import SourceError
from reports.database import NotReady
from reports.period import BadPeriod
from reports.scope import UnknownName


class Invocation:
    """What every command needs: which configuration, whether to be quiet, what time it is (epoch seconds UTC)."""

    def __init__(self, config: Path, quiet: bool) -> None:
        self.config = config
        self.quiet = quiet
        self.now = int(time.time())


class _Commands(click.Group):
    """Commands are imported when they are used; expected failures end in a sentence and status 2."""

    def list_commands(self, context: click.Context) -> list[str]:
        from bot.commands import commands

        return list(commands())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        from bot.commands import commands

        load = commands().get(name)
        return load() if load else None

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, args)
        except click.UsageError as problem:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(context), 1, 0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"{problem.message}{hint} `plustwo --help` lists the commands.", context) from None

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (UserError, NotReady, BadPeriod, UnknownName, SourceError) as problem:
            click.echo(f"plustwo: {problem}", err=True)
            context.exit(2)
        except sqlite3.OperationalError as problem:
            click.echo(
                f"plustwo: The database cannot be used just now: {problem}. Nothing half-done was kept.", err=True
            )
            context.exit(2)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(1)
        except OSError as problem:
            place = f"{problem.filename}: " if problem.filename else ""
            click.echo(f"plustwo: {place}{problem.strerror or problem}.", err=True)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    help="Configuration file.",
)
@click.option("--quiet", is_flag=True, help="No progress, no definitions under tables.")
@click.version_option(package_name="plustwo")
@click.pass_context
def main(context: click.Context, config: Path, quiet: bool) -> None:
    """The weekly newspaper of a Gerrit community: who reviewed, who is new, what waits."""
    context.obj = Invocation(config, quiet)
