"""Who asks: nobody, a user with a password, the bearer of a token, or a browser's or git's cookies."""

import netrc
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, unquote_plus

from yarl import URL

from collectors.gerrit.cookies import Cookie, applying, read_cookies
from collectors.problems import SourceError


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks. `named` says for people where that came from: "the entry of review.example.org in ~/.netrc"."""

    kind: Literal["nobody", "password", "token", "cookies"] = "nobody"
    user: str = ""
    named: str = ""
    _secret: str = field(default="", repr=False)
    _jar: tuple[Cookie, ...] = field(default=(), repr=False)

    @classmethod
    def password(cls, user: str, secret: str, named: str = "") -> "Access":
        """A user name and the HTTP password made in Gerrit's settings. Raises ValueError, without telling either."""
        if not user or ":" in user or not secret or not _sendable(user + secret):
            raise ValueError("A user name (without a colon) and a password are needed, both on one line.")
        return cls("password", user, named or f"the password of {user}", secret)

    @classmethod
    def token(cls, secret: str, named: str = "") -> "Access":
        """A token, sent as `Authorization: Bearer`. Raises ValueError, without telling it."""
        if not secret or not _sendable(secret) or not secret.isascii():
            raise ValueError("A token is needed, in plain letters and on one line.")
        return cls("token", "", named or "the token", secret)

    @classmethod
    def cookies(cls, jar: Iterable[Cookie], named: str = "") -> "Access":
        """Cookies, each sent only where its domain, path and secure flag allow. None at all: nobody asks."""
        jar = tuple(jar)
        return cls("cookies", "", named or "the cookies", "", jar) if jar else ANONYMOUS

    @property
    def signed_in(self) -> bool:
        """Whether anything is shown, so that requests go under /a/ (Gerrit takes git's cookie `o` there as well)."""
        return self.kind != "nobody"

    def headers(self, url: URL) -> dict[str, str]:
        """What to send along to `url`; the caller sees to it that this is the server it is meant for."""
        if self.kind == "password":
            return {"Authorization": f"Basic {self._basic()}"}
        if self.kind == "token":
            return {"Authorization": f"Bearer {self._secret}"}
        sent = applying(self._jar, url.scheme, url.host or "", url.raw_path)
        return {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent)} if sent else {}

    def hide(self, text: str) -> str:
        """The text with every secret in it replaced by …; decoded where only that shows one, as in an address or a page."""
        secrets = [cookie.value for cookie in self._jar if len(cookie.value) > 5]  # theme=1 is no secret
        if self._secret:
            secrets += [self._secret, self._basic()]
        if not secrets:
            return text
        parts = re.compile("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))))
        text = parts.sub("…", text)
        for decoded in (unquote(text), unquote_plus(text), unescape(text), unescape(unquote(text))):
            if parts.search(decoded):
                text = parts.sub("…", decoded)
        return text

    def _basic(self) -> str:
        return b64encode(f"{self.user}:{self._secret}".encode()).decode()


ANONYMOUS = Access()


def from_netrc(path: Path, host: str) -> Access | None:
    """The user and password a netrc file has for exactly this host (`default` is for FTP), None if it has none.

    Raises SourceError where the file cannot be read; it names the line, not what stands in it.
    """
    problem, entries = "", {}
    try:
        entries = netrc.netrc(str(path)).hosts
    except OSError as failed:
        problem = f"{path} cannot be read: {failed.strerror}."
    except netrc.NetrcParseError as failed:  # its text repeats what it stumbled over, which may be a password
        problem = f"{path} is no netrc file: line {failed.lineno} cannot be understood."
    except ValueError:
        problem = f"{path} is no netrc file: it is not text in UTF-8."
    if problem:
        raise SourceError(problem)
    for machine, (login, _, password) in entries.items():
        if machine.lower() == host.lower():
            if not login or not password:
                raise SourceError(f"{path} has no login or no password for {host}.")
            return _described(login, password, f"the entry of {host} in {path}")
    return None


def from_cookie_file(path: Path, host: str, now: float | None = None) -> Access | None:
    """The cookies a file has for this host, None if it has none. The form is Netscape's, as of git's http.cookiefile.

    `now` (epoch seconds) leaves out the expired ones. Raises SourceError where the file cannot be read.
    """
    problem = text = ""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as failed:
        problem = f"{path} cannot be read: {failed.strerror}."
    except UnicodeDecodeError:
        problem = f"{path} is no cookie file: it is not text in UTF-8."
    if problem:
        raise SourceError(problem)
    jar = read_cookies(text, path, host, now)
    return Access.cookies(jar, f"the cookies of {host} in {path}") if jar else None


def _described(login: str, password: str, named: str) -> Access:
    try:
        return Access.password(login, password, named)
    except ValueError:
        raise SourceError(
            f"{named[0].upper()}{named[1:]} cannot be used: a colon in its login, or a line break."
        ) from None


def _sendable(text: str) -> bool:
    return text.isprintable() or not any(ord(c) < 32 or ord(c) == 127 for c in text)
