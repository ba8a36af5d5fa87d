"""Cookies in Netscape's file form, as curl and git's http.cookiefile read them, and which of them go where."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from collectors.problems import SourceError

_HTTP_ONLY = "#HttpOnly_"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie: `domain` without a dot before it, `subdomains` whether hosts below it get it too."""

    name: str
    value: str = field(repr=False)
    domain: str
    subdomains: bool = False
    path: str = "/"
    secure: bool = True

    def is_for(self, host: str) -> bool:
        """Whether the host is its domain, or below it where that counts."""
        host = host.lower()
        return host == self.domain or (self.subdomains and not _is_address(host) and host.endswith(f".{self.domain}"))


class _Line(NamedTuple):
    domain: str
    subdomains: str
    path: str
    secure: str
    expires: str
    name: str
    value: str


def applying(jar: Iterable[Cookie], scheme: str, host: str, path: str) -> list[Cookie]:
    """The cookies to send to an address: of each name the one for the narrowest domain, then the longest path."""
    best: dict[str, Cookie] = {}
    for cookie in sorted(jar, key=lambda one: (len(one.domain), len(one.path))):
        below = path == cookie.path or path.startswith(f"{cookie.path.rstrip('/')}/")
        if cookie.is_for(host) and below and (scheme == "https" or not cookie.secure):
            best[cookie.name] = cookie
    return list(best.values())


def read_cookies(text: str, path: Path, host: str, now: float | None) -> list[Cookie]:
    """The cookies of a file's `text` that are for `host` and not expired at `now` (epoch seconds; None: not looked at).

    Raises SourceError for a line that speaks of the host and cannot be understood: such a cookie would be missed.
    """
    jar = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.removeprefix(_HTTP_ONLY)
        if not bare.strip() or bare.startswith("#"):
            continue
        columns = bare.split("\t")
        if len(columns) != len(_Line._fields) or not _sound(entry := _Line(*columns)):
            if host.lower() in bare.lower():
                raise SourceError(
                    f"{path}, line {number}, is no cookie: it should have seven columns with tabs between them (copying "
                    "often turns tabs into spaces): domain, TRUE or FALSE, path, TRUE or FALSE, expiry, name, value."
                )
            continue
        cookie = Cookie(
            entry.name,
            entry.value,
            entry.domain.lower().removeprefix("."),
            entry.subdomains.upper() == "TRUE",
            entry.path or "/",
            entry.secure.upper() == "TRUE",
        )
        expires = int(entry.expires)  # 0: for as long as the browser runs
        if cookie.is_for(host) and (not expires or now is None or expires > now):
            jar.append(cookie)
    return jar


def _sound(entry: _Line) -> bool:
    return (
        bool(entry.domain.strip(".") and entry.name)
        and {entry.subdomains.upper(), entry.secure.upper()} <= {"TRUE", "FALSE"}
        and entry.expires.isascii()
        and entry.expires.isdigit()
        and len(entry.expires) < 20
        and all(" " < c <= "~" and c != ";" for c in entry.name + entry.value)
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
