"""Ask a Gerrit server, politely: few requests at once, patience where something may pass, a sentence where it may not."""

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Generic, NamedTuple, Self, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver
from yarl import URL

from collectors.gerrit import failure
from collectors.gerrit.access import ANONYMOUS, Access
from collectors.gerrit.body import GLANCE, PACKING, XSSI, CutShort, Oversized, decode, glance, read_body
from collectors.gerrit.failure import ASKS_FOR_LESS, Asked, Failure
from collectors.gerrit.gate import Gate
from collectors.gerrit.limits import Limits, Traffic
from collectors.gerrit.pages import leads_to_login
from collectors.gerrit.problems import BudgetSpent, Busy, NotGerrit, TooLarge, Unexpected, harmless, presentable
from collectors.problems import SourceError

__all__ = ["Gerrit", "Limits", "Traffic"]

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 256 * 1024
_USUAL = Limits()


class Gerrit:
    """A Gerrit server, asked over REST. An asynchronous context manager; `get` asks.

    `url` is where its web interface begins, sub-directory and all. `ca`: a file with the certificate of an authority to
    trust besides those the system does. `allowance`: requests that may still be sent. Neither clock (epoch seconds) nor
    chance is taken for granted: `clock` (None: there is none), `elapsed` (seconds since whenever), `sleep`, `jitter` (from
    0 to 1) and `resolver` can be replaced.

    Raises ValueError for a `url` or `proxy` that cannot be one, or holds a password; SourceError for a bad `ca`.
    """

    def __init__(
        self,
        url: str,
        access: Access = ANONYMOUS,
        *,
        agent: str = "plustwo",
        connections: int = 2,
        ca: Path | None = None,
        proxy: str | None = None,
        allowance: int | None = None,
        limits: Limits = _USUAL,
        clock: Callable[[], float] | None = None,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.root = server_address(url)
        self._base = str(self.root).rstrip("/") + ("/a" if access.signed_in else "")
        if access.signed_in and not access.headers(URL(f"{self._base}/", encoded=True)):
            raise ValueError(f"None of {access.named} may be sent to {self.root}: they are for https, or another path.")
        self.access, self.limits, self.allowance = access, limits, allowance
        self._agent, self._connections, self._tls = agent, connections, _tls(ca)
        self._proxy = _proxy_address(proxy) if proxy else None
        self._clock, self._elapsed, self._sleep, self._jitter = clock, elapsed, sleep, jitter
        self._resolver = resolver
        self._gate = Gate(connections)
        self._traffic = Traffic()
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Gerrit({str(self.root)!r})"

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._connections, ssl=self._tls, resolver=self._resolver or aiohttp.ThreadedResolver()
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(
                total=None, connect=self.limits.connect, sock_connect=self.limits.connect, sock_read=self.limits.silence
            ),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=_PIECE,
            trace_configs=[_only_once()],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    @property
    def traffic(self) -> Traffic:
        """What has been asked so far, and the server's clock. It goes on counting."""
        return self._traffic

    @property
    def width(self) -> int:
        """How many requests may run at once right now."""
        return self._gate.width

    async def get(self, path: str, params: Sequence[tuple[str, str]] = (), kind: type[T] = object) -> T:  # type: ignore[assignment]
        """The answer to `GET path`, as `kind`. `path` like "/changes/", with names in it quoted (`quoted`).

        Raises RestError; where asking again may help, only after asking again.
        """
        url = self._address(path, params)
        tried = 0
        while True:
            tried += 1
            got = await self._try(url, kind)
            if not isinstance(got, Failure):
                return got.value
            most = min(2, self.limits.tries) if got.problem.status == 500 else self.limits.tries
            if not got.passing or tried >= most:  # a Gerrit that fails on a change does so again and again
                got.problem.tried = tried
                raise got.problem
            pause = self._pause(got, tried)
            if pause > self.limits.longest_pause:
                raise self._later(got, pause)
            if spent := self._spent(url):
                raise spent.problem
            self._traffic.retries += 1
            self._traffic.paused += pause
            if got.everybody:
                with self._gate.closed():
                    await self._sleep(pause)
            else:
                await self._sleep(pause)

    def _address(self, path: str, params: Sequence[tuple[str, str]]) -> URL:
        """Encoded here once and for all: Gerrit takes + for a space, and yarl leaves some of it as it is."""
        if not path.startswith("/") or "?" in path or "#" in path:
            raise ValueError(f"A path begins with / and ends before its parameters: {path!r}.")
        query = urlencode(list(params), quote_via=quote, safe="")
        address = self._base + quote(path, safe="/%~:@!$&'()*+,;=")
        return URL(f"{address}?{query}" if query else address, encoded=True)

    def _pause(self, got: Failure, tried: int) -> float:
        """Seconds until the next try: as the server says, else doubling, at random so that not all come back at once."""
        if got.retry_after:
            return got.retry_after
        whole = min(
            self.limits.first_pause * 2.0 ** (tried - 1), self.limits.longest_backoff, self.limits.longest_pause
        )
        return whole * (0.5 + 0.5 * self._jitter())

    def _later(self, got: Failure, seconds: float) -> Busy:
        when = failure.come_again(seconds, self._clock and self._clock())
        text = f"{presentable(self.root, self.access)} asks to be left alone for now: try again {when}."
        busy = Busy(text, url=got.problem.url, status=got.problem.status, words=got.problem.words)
        busy.retry_after = seconds
        return busy

    def _spent(self, url: URL) -> Failure | None:
        """The failure to tell where not one more request may be sent."""
        if self.allowance is None or self._traffic.requests < self.allowance:
            return None
        text = (
            f"No more requests may be sent to {presentable(self.root, self.access)} today (requests_per_day): "
            "it goes on tomorrow, UTC."
        )
        return Failure(BudgetSpent(text, url=presentable(url, self.access)))

    async def _try(self, url: URL, kind: type[T]) -> "_Good[T] | Failure":
        """One try, redirects included. Failures are returned: raised from here they would drag aiohttp's along."""
        async with self._gate.slot() as era:
            for _ in range(self.limits.redirects + 1):
                asked = Asked(url, self.root, self.access, _without_user(self._proxy))
                if spent := self._spent(url):
                    return spent
                started = self._elapsed()
                self._traffic.requests += 1
                try:
                    got = await self._send(asked, kind, era)
                except (aiohttp.ClientError, OSError) as problem:  # TimeoutError is an OSError
                    limits, answered = self.limits, self._traffic.server_time is not None
                    return failure.of_exception(asked, problem, limits.connect, limits.silence, answered)
                finally:
                    self._traffic.waiting += self._elapsed() - started
                if not isinstance(got, URL):
                    return got
                url = got
            return failure.in_circles(Asked(url, self.root, self.access))

    async def _send(self, asked: Asked, kind: type[T], era: int) -> "_Good[T] | Failure | URL":
        """One request: its answer, what is wrong with it, or where it leads."""
        if self._session is None:
            raise RuntimeError("A Gerrit is used in `async with`.")
        started = self._elapsed()
        headers = self.access.headers(asked.url)
        async with self._session.get(
            asked.url, headers=headers, proxy=self._proxy, allow_redirects=False, trace_request_ctx=set()
        ) as response:
            self._note_time(response)
            status = response.status
            if status in _REDIRECTS:
                return self._redirect(asked, response)
            encoding = response.headers.get("Content-Encoding", "").strip().lower()
            if status >= 300:
                if status in ASKS_FOR_LESS:
                    self._gate.trouble(era)
                pieces = response.content.iter_any()
                text = await glance(pieces, PACKING.get(encoding, False), self._came)
                return failure.of_answer(asked, status, response.headers, text, self._clock and self._clock())
            self._gate.answered(era, self._elapsed() - started)
            if encoding not in PACKING:
                text = f'{asked.shown} answered with a body packed in a way not asked for ("{harmless(encoding, self.access)}").'
                return Failure(NotGerrit(text, url=asked.shown, status=status))
            return await self._read(asked, response, PACKING[encoding], kind)

    async def _read(
        self, asked: Asked, response: aiohttp.ClientResponse, packed: bool, kind: type[T]
    ) -> "_Good[T] | Failure":
        most, status = self.limits.largest_body, response.status
        try:
            if (response.content_length or 0) > most:
                raise Oversized
            body = await read_body(response.content.iter_any(), packed, most, True, self._came)
            if status == 204:
                body = bytearray(XSSI + b"null")
            if not body.startswith(XSSI) and not XSSI.startswith(body):
                text = body[:GLANCE].decode("utf-8", "replace")
                return failure.of_page(asked, status, text, response.headers.get("Content-Type", ""))
            return _Good(decode(body, kind))
        except Oversized:
            text = f"{asked.shown} answered with more than {most / 1e6:.0f} MB: ask for less at a time."
            return Failure(TooLarge(text, url=asked.shown, status=status))
        except CutShort:
            return failure.cut_short(asked, status)
        except msgspec.ValidationError as problem:
            why = harmless(str(problem), self.access)
            return Failure(
                Unexpected(f"{asked.shown} answered in an unknown form: {why}.", url=asked.shown, status=status)
            )
        except (msgspec.DecodeError, ValueError) as problem:
            text = f"{asked.shown} answered with something that is no JSON: {harmless(str(problem), self.access)}."
            return Failure(NotGerrit(text, url=asked.shown, status=status))

    def _redirect(self, asked: Asked, response: aiohttp.ClientResponse) -> Failure | URL:
        """Where to go on: within the server only, so that nothing secret leaves it, and not to where people sign in."""
        location = response.headers.get("Location", "")
        try:
            given = URL(location)
            target = asked.url.join(given) if location and bool(given.scheme) <= bool(given.host) else None
        except ValueError:
            target = None
        if target is None or target.scheme not in ("http", "https"):
            return failure.of_redirect(asked, response.status, None)
        if target.user or target.origin() != asked.url.origin() or leads_to_login(target.raw_path):
            return failure.of_redirect(asked, response.status, target)
        return target

    def _note_time(self, response: aiohttp.ClientResponse) -> None:
        """The server's clock, once."""
        if self._traffic.server_time is None:
            told = failure.http_date(response.headers.get("Date", ""))
            if told is not None:
                self._traffic.server_time = int(told)
                self._traffic.skew = None if self._clock is None else told - self._clock()

    def _came(self, size: int) -> None:
        self._traffic.received += size


def _only_once() -> aiohttp.TraceConfig:
    """aiohttp sends a GET once more by itself where a connection drops. Here every request counts, so it may not."""

    async def connecting(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
        if "connected" in trace.trace_request_ctx:
            raise aiohttp.ServerDisconnectedError
        trace.trace_request_ctx.add("connected")

    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(connecting)
    config.on_connection_reuseconn.append(connecting)
    return config


class _Good(NamedTuple, Generic[T]):
    """An answer that can be used."""

    value: T


def quoted(name: str) -> str:
    """A project's, group's or branch's name as part of a path."""
    return quote(name, safe="")


def server_address(url: str) -> URL:
    """The address of a server. Raises ValueError, without repeating what may be a password."""
    try:
        address = URL(url)
        sound = address.scheme in ("http", "https") and bool(address.host) and address.port != 0
        if sound:
            (address.raw_host or "").encode("idna")
    except ValueError:
        sound, address = False, URL()
    if "@" in url.partition("//")[2].partition("/")[0] or address.user is not None or address.password is not None:
        raise ValueError(
            "The address of a server holds no user and no password: they belong into the settings for those."
        )
    if not sound:
        raise ValueError(
            "The address of a server is like https://review.example.org, with what its web pages begin with."
        )
    return URL(str(address.with_query(None).with_fragment(None)).rstrip("/"))


def _proxy_address(proxy: str) -> URL:
    try:
        address = URL(proxy)
        sound = address.scheme in ("http", "https") and bool(address.host)
    except ValueError:
        sound, address = False, URL()
    if not sound:
        raise ValueError("The address of a proxy is like http://proxy.example.org:3128.")
    return address


def _without_user(proxy: URL | None) -> str:
    return str(proxy.origin()) if proxy else ""


def _tls(ca: Path | None) -> ssl.SSLContext:
    """What the system trusts, and `ca`."""
    context = ssl.create_default_context()
    problem = ""
    if ca:
        try:
            context.load_verify_locations(cafile=ca)
        except ssl.SSLError:
            problem = f"ca names {ca}, which holds no certificate in PEM form."
        except OSError as failed:
            problem = f"ca names {ca}, which cannot be read: {failed.strerror}."
    if problem:
        raise SourceError(problem)
    return context
