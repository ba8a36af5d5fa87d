"""From an answer, or from the lack of one, to what it means for a person and whether asking again may help."""

import math
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from collectors.gerrit.access import Access
from collectors.gerrit.pages import Page, headline, is_page, leads_to_login, recognize
from collectors.gerrit.problems import (
    BadRequest,
    Busy,
    Forbidden,
    NotFound,
    NotGerrit,
    NotSignedIn,
    RestError,
    Unreachable,
    harmless,
    place,
    presentable,
)

PASSING = frozenset({429, 500, 502, 503, 504})
"""Statuses that may be different next time."""
ASKS_FOR_LESS = frozenset({429, 503})
_WRONG_HOST = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_EXPIRED = {9, 10}
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that came to nothing: what to tell, whether to try again, after how many seconds, and who should wait."""

    problem: RestError
    passing: bool = False
    retry_after: float | None = None
    everybody: bool = False
    """Whether it is the server that is in trouble, so that no other request should go to it meanwhile."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that failed: where to, where the server begins, who asked, through which proxy (to be shown)."""

    url: URL
    root: URL
    access: Access
    proxy: str = ""

    @property
    def shown(self) -> str:
        """The address, as it may be shown."""
        return presentable(self.url, self.access)

    @property
    def server(self) -> str:
        """The server's address, as it may be shown."""
        return presentable(self.root, self.access)


def of_answer(asked: Asked, status: int, headers: Mapping[str, str], text: str, now: float | None) -> Failure:
    """The failure that an answer with a 4xx or 5xx is; `now`: local epoch seconds, for a server that tells no time."""
    shown, who, root = asked.shown, asked.access, asked.server
    page = is_page(text, headers.get("Content-Type", ""))
    words = harmless(headline(text) if page else text, who)
    said = f"{shown} answered {status}" + (f': "{words}".' if words else ".")

    kind, advice = _meaning(status, text if page else None, words, who, root)
    problem = kind(f"{said} {advice}".strip(), url=shown, status=status, words=words)
    if not isinstance(problem, Busy):
        return Failure(problem)
    seconds = retry_after(headers, now)
    problem.retry_after = seconds
    return Failure(problem, status in PASSING, seconds, everybody=status in (429, 502, 503))


def _meaning(status: int, page: str | None, words: str, who: Access, root: str) -> tuple[type[RestError], str]:
    """The class of a failure and what to do about it. `page`: the text, if it is HTML."""
    between = page is not None and recognize(page) is Page.BETWEEN
    match status:
        case 401 if who.signed_in:
            return NotSignedIn, f"It does not take {who.named}: look there, or make a new one in Gerrit's settings."
        case 401:
            return (
                NotSignedIn,
                f"{root} wants to know who asks: give it a user with an HTTP password, or a cookie file.",
            )
        case 403 if between:
            return Forbidden, "That was not Gerrit but a proxy or firewall before it: ask whoever runs that."
        case 403 if who.signed_in:
            return Forbidden, f"Who signs in with {who.named} may not see this."
        case 403:
            return Forbidden, "It is not for everybody: sign in to see it."
        case 404 if page is not None:
            return NotGerrit, f"{_NO_GERRIT_HERE} It may begin further down, as in {root}/r or {root}/gerrit."
        case 404 if words.lower() in ("", "not found", "404 page not found"):
            return (
                NotFound,
                f"Gerrit names what it does not find: {root} may need a path, as in {root}/r or {root}/gerrit.",
            )
        case 404:
            return NotFound, "" if who.signed_in else "Gerrit also says so of what only some may see."
        case 407:
            return Unreachable, "The proxy wants a user and a password."
        case 511:
            return NotGerrit, "This network wants a sign-in first: open a page in a browser on this machine."
        case 429:
            return Busy, "It is asked too much: try again later."
        case _ if status >= 500:
            return Busy, "Try again later." if status in PASSING else ""
        case _:
            return BadRequest, ""


_NO_GERRIT_HERE = "That is a web page, not Gerrit's data."


def of_page(asked: Asked, status: int, text: str, content_type: str) -> Failure:
    """The failure that a good answer is which is not Gerrit's JSON."""
    words = harmless(headline(text), asked.access)
    titled = f' ("{words}")' if words else ""
    if not is_page(text, content_type):
        what = (
            "JSON without the prefix )]}' that Gerrit puts before it: this is something else, or a proxy took it away."
            if text.lstrip()[:1] in ("{", "[", '"')
            else f"something that is not Gerrit's data{titled}."
        )
        return Failure(_not_gerrit(asked, f"{asked.shown} answered with {what}", status, words))
    page = recognize(text)
    match page:
        case Page.GERRIT:
            titled = ""
            advice = (
                f"The address of the server should be the one its web interface begins at; {asked.server} goes further."
            )
        case Page.LOGIN if asked.access.signed_in:
            advice = f"{asked.access.named} did not help: behind a single sign-on, a cookie file or another way in is needed."
        case Page.LOGIN:
            advice = "It shows nothing without signing in: give it a user with an HTTP password, or a cookie file."
        case Page.BETWEEN:
            advice = "Open the address in a browser on this machine, and look at the proxy settings."
        case _:
            advice = f"Is {asked.server} the address of a Gerrit server? It may need a path, as in {asked.server}/r."
    sentence = f"{asked.shown} answered with {page.value}{titled}. {advice[0].upper()}{advice[1:]}"
    return Failure(_not_gerrit(asked, sentence, status, words))


def of_redirect(asked: Asked, status: int, target: URL | None) -> Failure:
    """The failure that being sent elsewhere is, where that is not followed."""
    if target is None:
        return Failure(_not_gerrit(asked, f"{asked.shown} answered {status}, with nowhere to go.", status))
    there = place(target, asked.access)
    sent = f"{asked.shown} sends us to {there}"
    tail = asked.url.raw_path.removeprefix(asked.root.raw_path.rstrip("/"))
    moved = there.removesuffix(tail) if tail and there.endswith(tail) else ""
    if target.host == asked.url.host and (asked.url.scheme, target.scheme) == ("http", "https"):
        better = (moved or str(asked.root.with_scheme("https").with_port(target.explicit_port))).rstrip("/")
        advice = f"use {better} as the address of the server; nobody can listen in on https."
    elif leads_to_login(target.raw_path) or leads_to_login(target.host or ""):
        advice = (
            f"a login page. {asked.access.named[:1].upper()}{asked.access.named[1:]} did not help."
            if asked.access.signed_in
            else "a login page. It shows nothing without signing in: give it a user with an HTTP password, or a cookie file."
        )
    elif moved:
        advice = f"if the server has moved there, use {moved.rstrip('/')} as its address."
    else:
        advice = "another server, which is not followed: a login, a proxy, or a move that the address should follow."
    return Failure(_not_gerrit(asked, f"{sent}: {advice}", status))


def in_circles(asked: Asked) -> Failure:
    """Redirected too often."""
    return Failure(_not_gerrit(asked, f"{asked.shown} is the last of too many redirects, each to the next.", None))


def of_exception(asked: Asked, problem: Exception, connect: float, silence: float, answered: bool) -> Failure:
    """The failure behind what aiohttp raised. Its own texts are not used: they may hold headers and proxy passwords.

    `answered`: the server has answered before, so that no host of this name, or a refusal, may well pass.
    """
    host = harmless(asked.root.host or "", asked.access)
    match problem:
        case aiohttp.ClientHttpProxyError(status=status):
            wants = " It wants a user and a password." if status == 407 else ""
            text = f"The proxy {asked.proxy} answered {status} when asked for {host}.{wants}"
            return Failure(Unreachable(text, url=asked.shown, status=status), passing=status in PASSING, everybody=True)
        case aiohttp.ClientProxyConnectionError():
            return _unreachable(asked, f"The proxy {asked.proxy} cannot be reached: {_reason(problem.os_error)}.", True)
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as reason):
            return _unreachable(asked, _certificate(asked, reason), False)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            inner = getattr(problem, "os_error", problem)
            plain = " It may speak http only." if getattr(inner, "reason", "") == "WRONG_VERSION_NUMBER" else ""
            reason_given = str(getattr(inner, "reason", "") or "").replace("_", " ").lower()
            text = f"{asked.server} could not agree on TLS ({reason_given or 'no reason given'}).{plain} {_CA}"
            return _unreachable(asked, text, False)
        case aiohttp.ClientConnectorError(os_error=socket.gaierror() as reason):
            lasting = reason.errno in _NO_SUCH_HOST and not answered
            text = f"There is no host {host}, or no network ({_reason(reason)}): look at the address of the server."
            return _unreachable(asked, text, not lasting)
        case aiohttp.ClientConnectorError():
            return _unreachable(asked, f"{asked.server} cannot be reached: {_reason(problem.os_error)}.", True)
        case aiohttp.ConnectionTimeoutError():
            return _unreachable(asked, f"{asked.server} did not take a connection within {connect:g} s.", True)
        case TimeoutError():
            text = f"{asked.shown} was silent for {silence:g} s."
            return Failure(Unreachable(text, url=asked.shown), passing=True)
        case aiohttp.ClientResponseError():
            text = f"{asked.server} does not speak HTTP as it should: is the port right?"
            return Failure(_not_gerrit(asked, text, None))
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return Failure(_not_gerrit(asked, f"{asked.server} is no address that can be asked.", None))
        case _:
            return cut_short(asked)


def cut_short(asked: Asked, status: int | None = None) -> Failure:
    """An answer without its end, or no answer on a connection that was there."""
    text = f"{asked.shown} broke off: the connection ended before the answer did."
    return Failure(Unreachable(text, url=asked.shown, status=status), passing=True)


def retry_after(headers: Mapping[str, str], now: float | None) -> float | None:
    """The seconds of a Retry-After header, by the server's own clock where it tells a date. None: no sense in it."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    until, here = http_date(value), http_date(headers.get("Date", ""))
    if here is None:
        here = now
    return None if until is None or here is None else max(0.0, until - here)


def http_date(value: str) -> float | None:
    """Epoch seconds of an HTTP date, None where it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def come_again(seconds: float, now: float | None) -> str:
    """When to try again, for a person."""
    if seconds > 30 * _DAY:
        return "in a month or more"
    for unit, length in (("days", _DAY), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            span = f"in {math.ceil(seconds / length)} {unit}"
            break
    else:
        span = f"in {math.ceil(seconds)} seconds"
    return (
        span
        if now is None
        else f"{span}, at {datetime.fromtimestamp(math.ceil(now + seconds), UTC):%Y-%m-%d %H:%M} UTC"
    )


_CA = "If it has a certificate of its own or of your company, name the file with that authority's certificate in ca."
_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def _certificate(asked: Asked, reason: ssl.SSLCertVerificationError) -> str:
    why = harmless(reason.verify_message or "no reason given", asked.access).rstrip(".")
    text = f"The certificate of {asked.server} is not trusted: {why}."
    if reason.verify_code in _WRONG_HOST:
        return f"{text} It is made out to another name: use that one, if it is the same server."
    return text if reason.verify_code in _EXPIRED else f"{text} {_CA}"


def _reason(problem: OSError) -> str:
    """The system's own words."""
    return (problem.strerror or type(problem).__name__).strip().rstrip(".") or "no reason given"


def _unreachable(asked: Asked, text: str, passing: bool) -> Failure:
    return Failure(Unreachable(text, url=asked.shown), passing=passing, everybody=True)


def _not_gerrit(asked: Asked, text: str, status: int | None, words: str = "") -> NotGerrit:
    return NotGerrit(text, url=asked.shown, status=status, words=words)
