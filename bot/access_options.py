"""The options by which a command without a configuration is told as whom to ask a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from bot.config import GerritServer, access_problems
from bot.errors import UserError

OPTIONS = (
    click.option("--user", metavar="NAME", default="", help="Sign in as this user; needs --password-env."),
    click.option(
        "--password-env", metavar="VARIABLE", default="", help="The environment variable with its HTTP password."
    ),
    click.option(
        "--token-env", metavar="VARIABLE", default="", help="The environment variable with a token, sent as Bearer."
    ),
    click.option("--netrc", metavar="FILE", default="", help="Sign in with this netrc file's entry for the server."),
    click.option(
        "--cookies", metavar="FILE", default="", help="Sign in with this file of cookies, as git's http.cookieFile."
    ),
    click.option(
        "--ca", metavar="FILE", default="", help="A certificate authority to trust besides the system's, PEM."
    ),
)
_FILES = ("netrc", "cookies", "ca")


def with_access_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets them as keywords, named as in the configuration."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def server_of(folder: Path, access: dict[str, str]) -> GerritServer:
    """A server, still without an address, with the access asked for; files are named as from `folder`.

    Raises UserError where the options do not go together.
    """
    settings = {name: _seen_from(folder, value) if name in _FILES else value for name, value in access.items()}
    server = msgspec.convert({"url": "", **settings}, GerritServer)
    for problem in access_problems("To sign in", server):
        raise UserError(problem)
    return server


def _seen_from(folder: Path, name: str) -> str:
    """A file that was named from the current folder, as it is to be named in a file of another one."""
    if not name or name.startswith("~") or folder.resolve() == Path.cwd():
        return name
    return str(Path(name).absolute())
