"""What can go wrong between here and a Gerrit server: one class for each thing a caller may do about it.

Texts, addresses and words of these exceptions hold nothing secret, and nothing a terminal could be misled with.
"""

import re

from yarl import URL

from collectors.gerrit.access import Access
from collectors.problems import SourceError

WORDS = 200
"""Characters kept of what a server says in an error."""
_TELLING = re.compile(r"token|secret|pass|pwd|key|auth|sig|session|code|cookie|credential|ticket|saml|state", re.I)


class RestError(SourceError):
    """A request that came to nothing: `url` as it may be shown, `status` of the answer if there was one, `words` in it."""

    def __init__(self, text: str, *, url: str = "", status: int | None = None, words: str = "") -> None:
        super().__init__(text)
        self.url, self.status, self.words, self.tried = url, status, words, 1

    def __str__(self) -> str:
        """The sentence, and how often it was tried where that was more than once."""
        text = str(self.args[0])
        return f"{text} It was tried {self.tried} times." if self.tried > 1 else text


class Unreachable(RestError):
    """No whole answer: no such host, refused, certificate, too slow, broken off."""


class NotSignedIn(RestError):
    """401: the server does not know us."""


class Forbidden(RestError):
    """403: the server knows who asks, even if nobody, and that one may not."""


class NotFound(RestError):
    """404: there is no such thing, or not for us: Gerrit does not tell the difference."""


class BadRequest(RestError):
    """400, 405, 409, 412 and what else of 4xx: the server does not want this request; `words` says why."""


class Busy(RestError):
    """429 and 5xx: the server cannot now. `retry_after`: the seconds it asked to be left alone, if it did."""

    retry_after: float | None = None


class NotGerrit(RestError):
    """Something answered that is not Gerrit's REST API: a login page, a proxy, another web site."""


class Unexpected(RestError):
    """Gerrit's JSON, but not of the shape asked for."""


class TooLarge(RestError):
    """The answer is larger than what is read of one."""


class BudgetSpent(RestError):
    """The requests allowed are spent; this one was not sent."""


def harmless(text: str, access: Access, most: int = WORDS) -> str:
    """A stranger's text on one line: without our secrets, with anything unprintable escaped, and shortened."""
    plain = " ".join(access.hide(text).split())
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in plain)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def presentable(url: URL, access: Access) -> str:
    """An address as it may be shown: no user, no values of parameters that sound secret, none of our secrets."""
    bare = str(url.with_user(None).with_fragment(None).with_query(None)) if url.absolute else url.raw_path
    bare = re.sub(r";[^/]*", "", access.hide(bare))  # ;jsessionid=…
    pairs = [pair.partition("=") for pair in url.raw_query_string.split("&") if pair]
    query = "&".join(f"{name}={'…' if _TELLING.search(name) else value}" if eq else name for name, eq, value in pairs)
    return harmless(f"{bare}?{query}" if query else bare, access, 2000)


def place(url: URL, access: Access) -> str:
    """The address of a stranger's page: its query says nothing to a person, and too much to a log."""
    return presentable(url.with_query(None), access)
