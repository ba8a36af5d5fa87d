"""Find the Gerrit server that somebody means: where it begins, whether by https, how old it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import click
import msgspec

from bot.config import GerritServer, Loaded
from bot.errors import UserError
from bot.gerrit import conversation
from collectors.gerrit.address import USUAL_PLACES, read_address
from collectors.gerrit.conversation import Conversation
from collectors.gerrit.directory import version
from collectors.gerrit.limits import Limits
from collectors.gerrit.problems import Busy, NotSignedIn, RestError, Unreachable
from collectors.gerrit.sense import OLDEST, too_old

_LOOK = Limits(tries=2, connect=15, silence=60)


class Found(NamedTuple):
    """A server that answers: with its address filled in, what it calls its version, and how to go on asking."""

    server: GerritServer
    version: str
    talk: Conversation


@contextmanager
def found_server(loaded: Loaded, text: str, access: GerritServer) -> Iterator[Found]:
    """The server at a pasted address, in conversation. What is not as written is said on stderr.

    Raises UserError or SourceError with a sentence that helps.
    """
    server, told = _find(loaded, text, access)
    if too_old(told):
        oldest = ".".join(map(str, OLDEST))
        raise UserError(f"{server.url} is Gerrit {told}; plustwo reads Gerrit {oldest} and newer.")
    with conversation(loaded, server, None) as talk:
        yield Found(server, told, talk)


def _find(loaded: Loaded, text: str, access: GerritServer) -> tuple[GerritServer, str]:
    signed_in = bool(access.password_env or access.token_env or access.netrc or access.cookies)
    pasted = read_address(text, plain=not signed_in)
    problems: list[tuple[str, RestError]] = []
    lost: set[tuple[str, str]] = set()
    for place in pasted.places:
        parts = urlsplit(place)
        if (parts.scheme, parts.netloc) in lost:
            continue
        server = msgspec.structs.replace(access, url=place, name=parts.hostname or "gerrit")
        try:
            with conversation(loaded, server, None, _LOOK) as talk:
                told = talk.ask(version)
        except Busy:
            raise
        except RestError as problem:
            problems.append((place, problem))
            if isinstance(problem, Unreachable):
                lost.add((parts.scheme, parts.netloc))
        else:
            _say(text, place, pasted.page)
            return server, told
    raise _best(problems)


def _say(text: str, place: str, page: str) -> None:
    if page:
        click.echo(f"plustwo: That is the address of {page}; the server is {place}.", err=True)
    elif place != text.strip().rstrip("/"):
        click.echo(f"plustwo: Gerrit is at {place}.", err=True)


def _best(problems: list[tuple[str, RestError]]) -> RestError:
    """What to tell: that a password is missing if that is it, else what the likeliest place said."""
    for _, problem in problems:
        if isinstance(problem, NotSignedIn):
            return problem
    place, first = problems[0]
    elsewhere = [other for other, _ in problems[1:] if other.endswith(tuple(f"/{name}" for name in USUAL_PLACES))]
    if elsewhere and f"as in {place}/r" in str(first):
        first.args = (f"{first.args[0]} (There is none at {' or '.join(elsewhere)}, though.)",)
    return first
