"""One file for each command that is no question to the database; questions are commands by being in reports/metrics."""

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

import click

COMMANDS = ("audit", "check", "collect", "dashboard", "differences", "digest", "init", "try_")
"""Modules; one whose name would be a word of Python has a _ behind it, and the command has not."""


@cache
def commands() -> dict[str, Callable[[], click.Command]]:
    """Name -> how to get the command, in alphabetical order."""
    from reports.metrics import questions

    found: dict[str, Callable[[], click.Command]] = {name.rstrip("_"): partial(_load, name) for name in COMMANDS}
    found.update({name.replace("_", "-"): partial(_ask, name) for name in questions()})
    return dict(sorted(found.items()))


def _load(name: str) -> click.Command:
    command: click.Command = import_module(f"{__name__}.{name}").command
    return command


def _ask(name: str) -> click.Command:
    from bot.commands.ask import command_for
    from reports.metrics import questions

    return command_for(questions()[name])
