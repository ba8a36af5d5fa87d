"""How a Gerrit server of the configuration is asked: as whom, through which proxy, how often a day."""

import os
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from bot.config import GerritServer, Loaded
from bot.errors import UserError
from collectors.gerrit.access import ANONYMOUS, Access, from_cookie_file, from_netrc
from collectors.gerrit.client import Gerrit
from collectors.gerrit.conversation import Conversation
from collectors.gerrit.limits import Limits


@contextmanager
def conversation(
    loaded: Loaded, server: GerritServer, connection: sqlite3.Connection | None, limits: Limits | None = None
) -> Iterator[Conversation]:
    """A conversation with a server. With a database, the day's requests are counted there, and no more than allowed sent.

    Raises UserError where what the settings name is not there.
    """
    spent = _spent(connection, server.name)
    allowance = max(server.requests_per_day - spent, 0) if server.requests_per_day and connection else None
    place = f'gerrit "{server.name}"'
    try:
        gerrit = Gerrit(
            server.url,
            access_of(loaded, server),
            agent=agent(loaded.config.contact),
            connections=server.connections,
            ca=loaded.resolve(server.ca) if server.ca else None,
            proxy=_proxy(server.url),
            allowance=allowance,
            limits=limits or Limits(),
            clock=time.time,
        )
    except ValueError as problem:
        raise UserError(f"{place}: {problem}") from None
    with Conversation(gerrit) as talk:
        try:
            yield talk
        finally:
            _spend(connection, server.name, gerrit.traffic.requests)


def agent(contact: str) -> str:
    """What the server's operators see in their logs."""
    return f"plustwo/{version('plustwo')}" + (f" (contact: {contact})" if contact else "")


def access_of(loaded: Loaded, server: GerritServer) -> Access:
    """As whom to ask. Raises UserError where a variable or an entry is missing, SourceError for an unusable file."""
    place, host = f'gerrit "{server.name}"', urlsplit(server.url).hostname or ""
    if server.token_env:
        return Access.token(_secret(place, "token_env", server.token_env), f"the token in {server.token_env}")
    if server.password_env:
        secret = _secret(place, "password_env", server.password_env)
        return Access.password(server.user, secret, f"the password in {server.password_env}")
    found: Access | None = ANONYMOUS
    if server.netrc:
        found = from_netrc(loaded.resolve(server.netrc), host)
    elif server.cookies:
        found = from_cookie_file(loaded.resolve(server.cookies), host, time.time())
    if found is None:
        raise UserError(f"{place}: {server.netrc or server.cookies} has nothing for {host}.")
    return found


def _secret(place: str, setting: str, name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise UserError(f"{place}: {setting} names the environment variable {name}, which is not set.")
    return value


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address, as every other tool would use it."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _day() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def _spent(connection: sqlite3.Connection | None, server: str) -> int:
    """Requests already sent to a server today, UTC."""
    query = "SELECT value FROM settings WHERE key = ?"
    row = connection.execute(query, (f"requests to {server}",)).fetchone() if connection else None
    day, _, count = (row[0] if row else "").partition(" ")
    return int(count) if day == _day() else 0


def _spend(connection: sqlite3.Connection | None, server: str, count: int) -> None:
    """Add to the requests sent today; another command may have sent some meanwhile."""
    if connection:
        value = (f"requests to {server}", f"{_day()} {_spent(connection, server) + count}")
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", value)
