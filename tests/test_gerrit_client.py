"""The REST client against a server that misbehaves, on loopback. Nobody sleeps: pauses are written down instead.

Whatever fails in here is looked through for the password that was used (`fails`).
"""

import asyncio
import base64
import gzip
import shutil
import socket
import ssl
import subprocess
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
import pytest
from aiohttp import ClientConnectorError
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from collectors.gerrit.access import ANONYMOUS, Access, from_cookie_file, from_netrc
from collectors.gerrit.client import Gerrit, Limits, quoted, server_address
from collectors.gerrit.cookies import Cookie
from collectors.gerrit.failure import Asked, of_exception
from collectors.gerrit.gate import CALM, SAMPLE, Gate
from collectors.gerrit.problems import (
    BadRequest,
    BudgetSpent,
    Busy,
    Forbidden,
    NotFound,
    NotGerrit,
    NotSignedIn,
    RestError,
    TooLarge,
    Unexpected,
    Unreachable,
)
from collectors.problems import SourceError
from tests.rude_server import (
    Act,
    RudeServer,
    TunnelProxy,
    after,
    endless,
    gerrit_json,
    go,
    good,
    head,
    packed,
    page,
    raw,
    say,
    words,
)

SECRET = "hunter2/+&<se cret>"
ME = Access.password("ada", SECRET)
BASIC = base64.b64encode(f"ada:{SECRET}".encode()).decode()
NOON = 1_767_268_800  # 2026-01-01 12:00 UTC
IMPATIENT = Limits(silence=0.2, connect=5)
P = TypeVar("P", bound=RestError)


@dataclass
class Bed:
    """A client's surroundings: pauses are written down, the clock stands at noon, chance always says 1."""

    pauses: list[float] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What happens during a pause."""

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)
        if self.meanwhile:
            await self.meanwhile()

    def gerrit(self, url: str, access: Access = ME, **settings: Any) -> Gerrit:
        usual = {"clock": lambda: float(NOON), "jitter": lambda: 1.0, "sleep": self.sleep}
        return Gerrit(url, access, **(usual | settings))


@dataclass
class Outcome:
    """What came of asking once."""

    gerrit: Gerrit
    server: RudeServer
    pauses: list[float]
    answer: Any = None
    problem: RestError | None = None

    @property
    def value(self) -> Any:
        assert self.problem is None
        return self.answer


def ask(
    *acts: Act, path: str = "/changes/", params: Any = (), kind: Any = object, under: str = "", **settings: Any
) -> Outcome:
    """Ask a server that plays these acts once."""

    async def story() -> Outcome:
        bed = Bed()
        async with RudeServer(*acts) as server, bed.gerrit(server.origin + under, **settings) as gerrit:
            outcome = Outcome(gerrit, server, bed.pauses)
            try:
                outcome.answer = await gerrit.get(path, params, kind)
            except RestError as problem:
                outcome.problem = check_secrets(problem)
            return outcome

    return asyncio.run(story())


def fails(wanted: type[P], *acts: Act, **settings: Any) -> P:
    """Asking must fail this way."""
    problem = ask(*acts, **settings).problem
    assert type(problem) is wanted, problem
    return problem


def check_secrets(problem: RestError) -> RestError:
    """Nothing secret in what is told, in what a debugger shows, or dragged along; and it is a sentence."""
    everything = "".join(traceback.format_exception(problem)) + str(problem) + repr(problem) + repr(vars(problem))
    frames = [frame for frame, _ in traceback.walk_tb(problem.__traceback__)]
    everything += repr([frame.f_locals for frame in frames if frame.f_code.co_filename != __file__])
    assert not {"_try", "_send"} & {frame.f_code.co_name for frame in frames}  # those know of headers
    for secret in ("hunter2", "se cret", "se%20cret", "se+cret", BASIC, BASIC[:12], "proxypass", "crumbs"):
        assert secret not in everything
    assert problem.__context__ is None
    assert problem.__cause__ is None
    assert str(problem).isprintable()
    assert str(problem)[-1] in ".?"
    assert ".." not in str(problem)
    return problem


# --- what is asked ------------------------------------------------------------------------------------------------


class Status(Enum):
    NEW = "NEW"


class Version(msgspec.Struct):
    number: int
    owner: str = ""


def test_an_answer_is_decoded_as_the_kind_asked_for() -> None:
    assert ask(good([{"number": 5, "more": 1}]), kind=list[Version]).value == [Version(5)]
    assert ask(good({"a": 1})).value == {"a": 1}
    assert ask(good(None)).value is None
    assert ask(say(204, "")).value is None
    assert bytes(ask(good([1, 2]), kind=msgspec.Raw).value).strip() == b"[1, 2]"


def test_another_shape_says_where() -> None:
    problem = fails(Unexpected, good([{"number": "five"}]), kind=list[Version])
    assert "Expected `int`, got `str` - at `$[0].number`" in str(problem)
    assert r"Invalid enum value '…\x1b[31m'" in str(fails(Unexpected, good(f"{SECRET}\x1b[31m"), kind=Status))


def test_who_asks_and_what_for_is_sent_along() -> None:
    seen = ask(good(), agent="plustwo/0.1 (+https://example.org)").server.seen[0]
    assert seen.method == "GET"
    assert seen.target == "/a/changes/"
    assert seen.headers["user-agent"] == "plustwo/0.1 (+https://example.org)"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["accept-encoding"] == "gzip"
    assert seen.headers["authorization"] == f"Basic {BASIC}"


def test_nobody_asks_without_a() -> None:
    seen = ask(good(), access=ANONYMOUS).server.seen[0]
    assert seen.target == "/changes/"
    assert not {"authorization", "cookie"} & set(seen.headers)


@pytest.mark.parametrize("under", ["/r", "/r/", "/deep/gerrit"])
def test_a_server_in_a_subdirectory(under: str) -> None:
    assert ask(good(), under=under).server.seen[0].target == f"{under.rstrip('/')}/a/changes/"
    assert ask(good(), under=under, access=ANONYMOUS).server.seen[0].target == f"{under.rstrip('/')}/changes/"


def test_names_in_a_path_stay_quoted() -> None:
    path = f"/projects/{quoted('plugins/a b+c%')}/branches/"
    assert ask(good(), path=path).server.seen[0].path == "/a/projects/plugins%2Fa%20b%2Bc%25/branches/"


@pytest.mark.parametrize("path", ["changes/", "/changes/?q=1", "/changes/#1", ""])
def test_a_path_is_a_path(path: str) -> None:
    with pytest.raises(ValueError, match="A path begins with /"):
        ask(good(), path=path)


PARAMS = [
    ("q", 'status:open message:"a+b c" -owner:self after:"2026-01-01 00:00:00 +0000" label:Code-Review=+2,user=ada'),
    ("q", "project:^plug.*/[a-z]{2}$ topic:ü&x=y;z#%41 %2B\n\ttab\\"),
    ("o", "MESSAGES"),
    ("o", "LABELS"),
    ("n", ""),
    ("S", "500"),
]


def test_parameters_arrive_as_they_were_meant() -> None:
    seen = ask(good(), params=PARAMS).server.seen[0]
    assert seen.params == PARAMS
    assert set('+ "#') & set(seen.target) == set()  # + would be a space to a servlet


ELSEWHERE = Gerrit("https://review.example.org/r")


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))))
def test_any_parameters_arrive(params: list[tuple[str, str]]) -> None:
    sent = ELSEWHERE._address("/changes/", params)
    assert parse_qsl(sent.raw_query_string, keep_blank_values=True) == params
    assert sent.raw_path == "/r/changes/"


def test_a_connection_is_kept_and_no_cookie_is() -> None:
    async def story() -> None:
        async with (
            RudeServer(good(1, "Set-Cookie: GerritAccount=x; Path=/")) as server,
            Bed().gerrit(f"http://localhost:{server.port}") as gerrit,  # aiohttp's own jar takes none from an address
        ):
            for _ in range(5):
                await gerrit.get("/changes/")
            assert server.connections == 1
            assert not any("cookie" in seen.headers for seen in server.seen)

    asyncio.run(story())


def test_a_packed_answer_is_unpacked_and_counted_as_it_came() -> None:
    value = ["change"] * 50_000
    outcome = ask(packed(value))
    assert outcome.value == value
    assert outcome.gerrit.traffic.received < 5_000
    halves = gerrit_json(value)[:1000], gerrit_json(value)[1000:]
    two = b"".join(map(gzip.compress, halves))
    assert ask(say(200, two, "Content-Encoding: GZIP")).value == value
    problem = fails(NotGerrit, say(200, b"\x0b\x02", "Content-Encoding: br"))
    assert 'packed in a way not asked for ("br")' in str(problem)


def test_a_gerrit_is_used_in_a_with() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(Gerrit("http://127.0.0.1:1").get("/changes/"))


# --- what is not Gerrit -------------------------------------------------------------------------------------------

LOGIN_PAGE = (
    "<!DOCTYPE html><title>Company &amp; Sons</title><form method=post><input name=u><input type='password'></form>"
)
PORTAL = "<html><head><title>Hotel WiFi hotspot</title></head>Welcome! <input type=password></html>"
BLOCKED = "<html><body><script>x</script><h1>Access to this site has been blocked</h1></body></html>"
POLYGERRIT = "<!DOCTYPE html><noscript>To use PolyGerrit, please enable JavaScript</noscript><gr-app></gr-app> Sign in"


@pytest.mark.parametrize(
    ("html", "says"),
    [
        (LOGIN_PAGE, 'a login page ("Company & Sons")'),
        ("<form action=https://idp.example/sso><input name=SAMLRequest></form>", "a login page"),
        (PORTAL, 'the sign-in page of a network ("Hotel WiFi hotspot")'),
        (BLOCKED, 'a firewall or the sign-in page of a network ("Access to this site has been blocked")'),
        (POLYGERRIT, "the one its web interface begins at"),
        ("<h1>It works!</h1>", 'some web page ("It works!"). Is http://127.0.0.1'),
        ("\ufeff\n<html></html>" + "x" * 200_000, "may need a path, as in http://127.0.0.1"),
    ],
)
def test_a_web_page_is_told_by_its_kind(html: str, says: str) -> None:
    problem = fails(NotGerrit, page(html))
    assert says in str(problem)
    assert problem.status == 200


def test_what_to_do_about_a_login_page_depends_on_who_asks() -> None:
    assert "give it a user with an HTTP password" in str(fails(NotGerrit, page(LOGIN_PAGE), access=ANONYMOUS))
    assert "The password of ada did not help" in str(fails(NotGerrit, page(LOGIN_PAGE)))


def test_a_page_is_not_read_to_its_end() -> None:
    outcome = ask(endless("Content-Type: text/html", first=b"<html>"))
    assert isinstance(outcome.problem, NotGerrit)
    assert outcome.gerrit.traffic.received < 1_000_000


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'[{"number": 1}]', "JSON without the prefix"),
        (b"SSH-2.0-GerritCodeReview", 'something that is not Gerrit\'s data ("SSH-2.0-GerritCodeReview")'),
        (b"OK\n", 'something that is not Gerrit\'s data ("OK")'),
        (b")]}'\n[1] and more", "no JSON"),
        (b")]}'\n[1, nope]", "no JSON"),
        (b')]}\'\n["\xff\xfe"]', "no JSON"),
        (b")]}'\n" + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_good_answer_without_json(body: bytes, says: str) -> None:
    outcome = ask(say(200, body, "Content-Type: text/plain"))
    assert isinstance(outcome.problem, NotGerrit)
    assert says in str(outcome.problem)
    assert len(outcome.server.seen) == 1


def test_something_that_speaks_no_http() -> None:
    problem = fails(NotGerrit, raw(b"SSH-2.0-GerritCodeReview_3.9 (APACHE-SSHD-2.12)\r\n" * 3))
    assert "does not speak HTTP" in str(problem)


def test_a_redirect_within_the_server_is_followed() -> None:
    outcome = ask(go("/r/a/changes/?q=a%2Bb", 301), go("changes/../x/", 307), good("there"), params=[("q", "a+b")])
    assert outcome.value == "there"
    assert [seen.path for seen in outcome.server.seen] == ["/a/changes/", "/r/a/changes/", "/r/a/changes/x/"]
    assert outcome.server.seen[1].params == [("q", "a+b")]
    assert outcome.server.seen[2].headers["authorization"] == f"Basic {BASIC}"
    assert outcome.gerrit.traffic.requests == 3


def test_redirects_in_circles_end() -> None:
    outcome = ask(go("/a/changes/"))
    assert isinstance(outcome.problem, NotGerrit)
    assert "too many redirects" in str(outcome.problem)
    assert len(outcome.server.seen) == 6


@pytest.mark.parametrize("location", ["", "http://[broken", "mailto:me@example.org", "http://"])
def test_a_redirect_to_nowhere(location: str) -> None:
    assert "with nowhere to go" in str(fails(NotGerrit, go(location)))


@pytest.mark.parametrize("location", ["/login/%23%2Fchanges?session=crumbs", "/oauth2/start", "/SignIn"])
def test_a_redirect_to_a_login(location: str) -> None:
    outcome = ask(go(location))
    assert isinstance(outcome.problem, NotGerrit)
    assert "a login page. The password of ada did not help." in str(outcome.problem)
    assert len(outcome.server.seen) == 1
    assert "give it a user" in str(fails(NotGerrit, go(location), access=ANONYMOUS))


@pytest.mark.parametrize(
    "access", [ME, Access.token("crumbs"), Access.cookies([Cookie("o", "crumbs", "127.0.0.1", secure=False)])]
)
@pytest.mark.parametrize(
    "where", ["http://localhost:{port}", "http://127.0.0.1:{port}", "http://ada:hunter2@127.0.0.1:{same}"]
)
def test_nothing_is_sent_to_another_server(access: Access, where: str) -> None:
    async def story() -> None:
        async with RudeServer(good()) as other, RudeServer(good()) as server:
            there = where.format(port=other.port, same=server.port)
            server.acts = [go(f"{there}/a/changes/?q=1&state=crumbs")]
            async with Bed().gerrit(server.origin, access) as gerrit:
                with pytest.raises(NotGerrit) as caught:
                    await gerrit.get("/changes/", [("q", "1")])
            assert other.seen == []
            assert len(server.seen) == 1
            assert f"{there.replace('ada:hunter2@', '')}/a/changes/" in str(check_secrets(caught.value))

    asyncio.run(story())


def test_a_server_that_moved_says_where_to() -> None:
    problem = fails(NotGerrit, go("https://new.example.org/gerrit/a/changes/?q=1"), under="/r")
    assert "if the server has moved there, use https://new.example.org/gerrit/a as" not in str(problem)
    assert "if the server has moved there, use https://new.example.org/gerrit as its address." in str(problem)
    assert "another server, which is not followed" in str(
        fails(NotGerrit, go("https://example.org/hello?token=crumbs"))
    )
    assert "a login page" in str(fails(NotGerrit, go("https://login.example.org/?state=crumbs")))


@pytest.mark.parametrize(
    ("location", "better"),
    [
        ("https://127.0.0.1/a/changes/", "https://127.0.0.1"),
        ("https://127.0.0.1:8443/r/a/changes/", "https://127.0.0.1:8443/r"),
        ("https://127.0.0.1/login", "https://127.0.0.1"),
    ],
)
def test_http_where_https_is_wanted(location: str, better: str) -> None:
    assert f": use {better} as the address of the server" in str(fails(NotGerrit, go(location)))


# --- what the server says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "text", "says"),
    [
        (BadRequest, 400, "line 1:5 no viable alternative at character '\"'", "line 1:5 no viable alternative"),
        (BadRequest, 405, "Method not allowed", 'answered 405: "Method not allowed".'),
        (BadRequest, 409, "change is closed", 'answered 409: "change is closed".'),
        (BadRequest, 412, "index not ready", 'answered 412: "index not ready".'),
        (BadRequest, 414, "", "answered 414."),
        (NotFound, 404, "Not found: 5", 'answered 404: "Not found: 5".'),
        (NotFound, 404, "Not Found", "may need a path, as in http://127.0.0.1"),
        (NotGerrit, 404, "<html><title>404</title></html>", "It may begin further down, as in http://127.0.0.1"),
        (NotSignedIn, 401, "Unauthorized", "It does not take the password of ada"),
        (Forbidden, 403, "not permitted", "Who signs in with the password of ada may not see this."),
        (Forbidden, 403, BLOCKED, "That was not Gerrit but a proxy or firewall"),
        (Unreachable, 407, "", "The proxy wants a user and a password."),
        (NotGerrit, 511, LOGIN_PAGE, "This network wants a sign-in first"),
    ],
)
def test_what_will_not_pass_is_asked_once(kind: type[RestError], status: int, text: str, says: str) -> None:
    outcome = ask(words(status, text))
    assert type(outcome.problem) is kind
    assert says in str(outcome.problem)
    assert outcome.problem.status == status
    assert len(outcome.server.seen) == 1
    assert outcome.pauses == []


def test_who_is_not_signed_in_is_told_to() -> None:
    assert "wants to know who asks" in str(fails(NotSignedIn, words(401, "Unauthorized"), access=ANONYMOUS))
    assert "sign in to see it" in str(fails(Forbidden, words(403, "Must be signed-in"), access=ANONYMOUS))
    assert "what only some may see" in str(fails(NotFound, words(404, "Not found: 5"), access=ANONYMOUS))
    named = Access.password("ada", SECRET, "the entry of example.org in ~/.netrc")
    assert "does not take the entry of example.org in ~/.netrc" in str(fails(NotSignedIn, words(401, ""), access=named))


def test_the_servers_words_are_shortened_and_harmless() -> None:
    problem = fails(BadRequest, words(400, "a\x1b[31mred\x07 \u202eevil\n\n  " + "long " * 1000))
    assert problem.words.startswith(r"a\x1b[31mred\x07 \u202eevil long")
    assert len(problem.words) == 200
    assert len(str(problem)) < 400


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        BASIC,
        f"Authorization: Basic {BASIC}",
        "hunter2/+&amp;&lt;se cret&gt;",
        "hunter2%2F%2B%26%3Cse%20cret%3E",
    ],
)
def test_a_server_that_gives_the_password_back(echo: str) -> None:
    """`fails` looks for it; also where shortening would cut it in two."""
    for text in (echo, "x" * 195 + echo):
        fails(BadRequest, words(400, text))
        fails(NotGerrit, page(f"<title>{text}</title>"))
        fails(NotGerrit, go(f"https://example.org/{echo}"))
        fails(Busy, words(500, text))


def test_secrets_in_parameters_are_not_shown() -> None:
    problem = fails(BadRequest, words(400, "no"), params=[("q", "owner:me"), ("access_token", "pebbles"), ("n", "5")])
    assert problem.url.endswith("/a/changes/?q=owner%3Ame&access_token=…&n=5")


# --- what may pass ------------------------------------------------------------------------------------------------

WHOLE = gerrit_json(["a long answer", 1, 2, 3])
GZIPPED = gzip.compress(WHOLE)
CHUNKED = head(200, None, "Transfer-Encoding: chunked")

PASSING = {
    "closed before a word": raw(),
    "reset before a word": raw(reset=True),
    "closed in the status line": raw(b"HTTP/1.1 20"),
    "closed in the headers": raw(head(200, 50)[:-9]),
    "closed before the body": raw(head(200, 50)),
    "closed in the body": raw(head(200, len(WHOLE)), WHOLE[:-5]),
    "reset in the body": raw(head(200, len(WHOLE)), WHOLE[:-5], reset=True),
    "closed between chunks": raw(CHUNKED, b"5\r\n)]}'\n\r\n"),
    "no length, JSON cut short": raw(head(200, None, "Connection: close"), WHOLE[:-9]),
    "whole to HTTP, JSON cut short": say(200, WHOLE[:-9]),
    "cut short in the prefix": say(200, WHOLE[:3]),
    "empty": say(200, b""),
    "gzip without its end": say(200, GZIPPED[:-9], "Content-Encoding: gzip"),
    "gzip damaged": say(200, GZIPPED[:20] + b"xxxx" + GZIPPED[24:], "Content-Encoding: gzip"),
    "silent": raw(2.0),
    "silent in the headers": raw(head(200, 50)[:20], 2.0),
    "silent in the body": raw(head(200, len(WHOLE)), WHOLE[:9], 2.0),
    "error whose body breaks off": raw(head(503, 50), b"Serv"),
    **{f"{status}": words(status, "not now") for status in (429, 500, 502, 503, 504)},
    "an error page": page("<h1>Bad Gateway</h1>", 502),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_asked_again(name: str) -> None:
    outcome = ask(PASSING[name], good("right"), limits=IMPATIENT)
    assert outcome.value == "right", outcome.problem
    assert len(outcome.server.seen) == 2
    assert (outcome.gerrit.traffic.requests, outcome.gerrit.traffic.retries) == (2, 1)
    assert outcome.pauses == [2.0]
    assert outcome.gerrit.traffic.paused == 2.0


@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_is_given_up(name: str) -> None:
    outcome = ask(PASSING[name], limits=IMPATIENT)
    assert type(outcome.problem) is (Busy if name[:2] in ("42", "50") or name == "an error page" else Unreachable)
    assert ("was silent for 0.2 s." in str(outcome.problem)) is name.startswith("silent")
    tries = (
        2 if getattr(outcome.problem, "status", None) == 500 else 5
    )  # a change that a server fails on, it fails on again
    assert str(outcome.problem).endswith(f"It was tried {tries} times.")
    assert len(outcome.server.seen) == tries
    assert outcome.pauses == [2.0, 4.0, 8.0, 16.0][: tries - 1]
    assert outcome.gerrit.traffic.retries == tries - 1


def test_a_connection_that_was_kept_and_drops_is_counted() -> None:
    async def story() -> None:
        bed = Bed()
        async with RudeServer(good(1), raw(), good(2)) as server, bed.gerrit(server.origin) as gerrit:
            assert [await gerrit.get("/changes/") for _ in range(2)] == [1, 2]
            assert len(server.seen) == gerrit.traffic.requests == 3

    asyncio.run(story())


def test_pauses_are_spread_and_end_growing() -> None:
    limits = Limits(tries=8, longest_backoff=10)
    assert ask(words(502, ""), limits=limits).pauses == [2, 4, 8, 10, 10, 10, 10]
    assert ask(words(502, ""), limits=limits, jitter=lambda: 0.0).pauses == [1, 2, 4, 5, 5, 5, 5]


def test_a_slow_answer_that_keeps_coming_is_fine() -> None:
    pieces: list[bytes | float] = []
    for byte in head(200, len(WHOLE)) + WHOLE:
        pieces += [bytes([byte]), 0.006]
    outcome = ask(raw(*pieces), limits=Limits(silence=0.2))
    assert outcome.value == ["a long answer", 1, 2, 3]
    assert outcome.gerrit.traffic.waiting > 0.3  # more than the silence that is borne


def test_the_seconds_waited_are_summed() -> None:
    """Each request: a reading at its start, at its headers and at its end, here a second apart."""
    readings = iter(range(1000))
    assert ask(words(500, ""), good(), elapsed=lambda: float(next(readings))).gerrit.traffic.waiting >= 2


@pytest.mark.parametrize("status", [429, 503, 500, 502])
def test_retry_after_is_kept(status: int) -> None:
    assert ask(words(status, "", "Retry-After: 7"), good()).pauses == [7.0]
    date = f"Retry-After: {formatdate(NOON + 42, usegmt=True)}"
    assert ask(words(status, "", date), good()).pauses == [42.0]
    skewed = words(status, "", date, f"Date: {formatdate(NOON + 40, usegmt=True)}")
    assert ask(skewed, good()).pauses == [2.0]  # by the server's own clock
    assert ask(words(status, "", "Retry-After: 300"), good()).pauses == [300.0]


@pytest.mark.parametrize("value", ["0", "", "soon", "-5", "1e3", "²", formatdate(NOON - 9, usegmt=True)])
def test_retry_after_without_sense_is_left_aside(value: str) -> None:
    assert ask(say(429, "", f"Retry-After: {value}"), good()).pauses == [2.0]


@pytest.mark.parametrize(
    ("value", "when"),
    [
        ("301", "in 6 minutes, at 2026-01-01 12:05 UTC."),
        ("7200", "in 2 hours, at 2026-01-01 14:00 UTC."),
        (formatdate(NOON + 3 * 86_400, usegmt=True), "in 3 days, at 2026-01-04 12:00 UTC."),
        ("9" * 400, "in a month or more."),
    ],
)
def test_retry_after_too_long_ends_it(value: str, when: str) -> None:
    outcome = ask(words(503, "", f"Retry-After: {value}"))
    assert type(outcome.problem) is Busy
    assert str(outcome.problem).endswith(f"asks to be left alone for now: try again {when}")
    assert outcome.problem.retry_after is not None
    assert outcome.problem.status == 503
    assert outcome.pauses == []
    assert len(outcome.server.seen) == 1


def test_without_a_clock() -> None:
    outcome = ask(words(503, "", "Retry-After: 3600"), clock=None)
    assert str(outcome.problem).endswith("try again in 60 minutes.")
    assert ask(words(503, "", f"Retry-After: {formatdate(NOON, usegmt=True)}"), good(), clock=None).pauses == [2.0]
    told = ask(good(1, f"Date: {formatdate(NOON, usegmt=True)}"), clock=None).gerrit.traffic
    assert (told.server_time, told.skew) == (NOON, None)


@pytest.mark.parametrize("status", [501, 505, 520])
def test_other_errors_of_the_server_are_asked_once(status: int) -> None:
    outcome = ask(words(status, "no"))
    assert type(outcome.problem) is Busy
    assert len(outcome.server.seen) == 1


def test_a_server_that_is_restarted() -> None:
    async def story() -> None:
        bed = Bed()
        async with RudeServer(good("before"), raw(), good("after")) as server, bed.gerrit(server.origin) as gerrit:

            async def meanwhile() -> None:
                match len(bed.pauses):
                    case 1:
                        await server.stop()
                    case 3:
                        await server.start()

            bed.meanwhile = meanwhile
            assert await gerrit.get("/changes/") == "before"
            assert await gerrit.get("/changes/") == "after"
            assert bed.pauses == [2.0, 4.0, 8.0]

    asyncio.run(story())


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def unreachable(url: str, **settings: Any) -> tuple[Unreachable, list[float]]:
    async def story() -> tuple[Unreachable, list[float]]:
        bed = Bed()
        async with bed.gerrit(url, **settings) as gerrit:
            with pytest.raises(Unreachable) as caught:
                await gerrit.get("/changes/")
            check_secrets(caught.value)
            return caught.value, bed.pauses

    return asyncio.run(story())


def test_a_connection_that_is_refused() -> None:
    problem, pauses = unreachable(f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached: " in str(problem)
    assert "efused" in str(problem) or "Connect call failed" in str(problem)
    assert problem.status is None
    assert len(pauses) == 4


class NoNames(AbstractResolver):
    """A resolver that finds nothing: for the reason given, the first `times`."""

    def __init__(self, reason: int, port: int = 0, times: int = 99) -> None:
        self.reason, self.port, self.times = reason, port, times

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.times -= 1
        if self.times >= 0:
            raise socket.gaierror(self.reason, "Name or service not known")
        return [ResolveResult(hostname=host, host="127.0.0.1", port=self.port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def test_a_host_that_does_not_exist_is_looked_for_once() -> None:
    problem, pauses = unreachable("https://review.invalid", resolver=NoNames(socket.EAI_NONAME))
    assert str(problem).startswith("There is no host review.invalid, or no network (Name or service not known)")
    assert pauses == []


def test_a_host_that_did_exist_is_looked_for_again() -> None:
    url = URL("https://review.invalid")
    gone = ClientConnectorError(Any, socket.gaierror(socket.EAI_NONAME, "unknown"))  # type: ignore[arg-type]
    tries = [of_exception(Asked(url, url, ME), gone, 1, 1, answered).passing for answered in (True, False)]
    assert tries == [True, False]


def test_a_name_server_in_trouble_is_asked_again() -> None:
    async def story() -> None:
        bed = Bed()
        async with RudeServer(good("found")) as server:
            resolver = NoNames(socket.EAI_AGAIN, server.port, times=2)
            async with bed.gerrit(f"http://review.invalid:{server.port}", resolver=resolver) as gerrit:
                assert await gerrit.get("/changes/") == "found"
                assert bed.pauses == [2.0, 4.0]

    asyncio.run(story())


# --- too much -----------------------------------------------------------------------------------------------------

SMALL = Limits(largest_body=1_000_000)


def test_a_body_that_is_announced_too_large_is_not_read() -> None:
    outcome = ask(raw(head(200, 1_000_001), b")]}'\n", 1.0), limits=SMALL)
    assert type(outcome.problem) is TooLarge
    assert "more than 1 MB" in str(outcome.problem)
    assert outcome.gerrit.traffic.received == 0


def test_a_body_without_end_is_left() -> None:
    outcome = ask(endless(), limits=SMALL)
    assert type(outcome.problem) is TooLarge
    assert outcome.gerrit.traffic.received < 3_000_000
    assert len(outcome.server.seen) == 1


def test_a_body_as_large_as_it_may_be() -> None:
    body = gerrit_json("x" * (1_000_000 - 8))
    assert len(body) == 1_000_000
    assert len(ask(say(200, body), limits=SMALL).value) == 1_000_000 - 8
    assert type(ask(say(200, body + b" "), limits=SMALL).problem) is TooLarge
    zipped = "Content-Encoding: gzip"
    assert len(ask(say(200, gzip.compress(body), zipped), limits=SMALL).value) == 1_000_000 - 8
    assert type(ask(say(200, gzip.compress(body + b" "), zipped), limits=SMALL).problem) is TooLarge


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 MB in 200 kB: what is unpacked is watched, not only what comes of it."""
    bomb = gzip.compress(b")]}'\n" + b" " * 200_000_000, 9)
    from collectors.gerrit import body

    unpacked = []
    original = body.Unpacker.unpack

    def watched(self: body.Unpacker, piece: bytes, room: int) -> bytes:
        unpacked.append(len(out := original(self, piece, room)))
        return out

    monkeypatch.setattr(body.Unpacker, "unpack", watched)
    assert type(ask(say(200, bomb, "Content-Encoding: gzip"), limits=SMALL).problem) is TooLarge
    assert sum(unpacked) == 1_000_001
    unpacked.clear()
    fails(Busy, say(501, bomb, "Content-Encoding: gzip"))
    assert sum(unpacked) <= 65_537


def test_an_allowance_ends_before_anything_is_sent() -> None:
    async def story() -> None:
        bed = Bed()
        async with (
            RudeServer(good(1), words(500, ""), good(2)) as server,
            bed.gerrit(server.origin, allowance=3) as gerrit,
        ):
            assert [await gerrit.get("/changes/"), await gerrit.get("/changes/")] == [1, 2]
            with pytest.raises(BudgetSpent, match="No more requests may be sent to"):
                await gerrit.get("/changes/")
            assert len(server.seen) == gerrit.traffic.requests == 3

    asyncio.run(story())


def test_an_allowance_counts_tries_and_redirects() -> None:
    outcome = ask(words(502, ""), allowance=2)
    assert type(outcome.problem) is BudgetSpent
    assert len(outcome.server.seen) == 2
    assert outcome.pauses == [2.0]  # no pause before a request that may not be sent
    assert len(ask(go("/a/changes/"), allowance=3).server.seen) == 3
    assert ask(good(), allowance=0).server.seen == []


def test_an_allowance_holds_for_requests_at_once() -> None:
    async def story() -> None:
        async with (
            RudeServer(after(0.05, good())) as server,
            Bed().gerrit(server.origin, allowance=3, connections=8) as gerrit,
        ):
            got = await asyncio.gather(*(gerrit.get("/changes/") for _ in range(8)), return_exceptions=True)
            assert sum(isinstance(one, BudgetSpent) for one in got) == 5
            assert len(server.seen) == 3

    asyncio.run(story())


def test_the_clock_of_the_first_answer_is_kept() -> None:
    async def story() -> None:
        ahead, later = (f"Date: {formatdate(NOON + ahead, usegmt=True)}" for ahead in (90, 500))
        acts = (words(503, "", "Date: whenever"), words(503, "", ahead), good(1, later))
        async with RudeServer(*acts) as server, Bed().gerrit(server.origin) as gerrit:
            await gerrit.get("/changes/")
            assert gerrit.traffic.server_time == NOON + 90
            assert gerrit.traffic.skew == 90.0

    asyncio.run(story())
    assert ask(good()).gerrit.traffic.server_time is None


# --- how much at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("connections", [1, 2, 4])
def test_never_more_at_once(connections: int) -> None:
    async def story() -> None:
        async with (
            RudeServer(after(0.02, good())) as server,
            Bed().gerrit(server.origin, connections=connections) as gerrit,
        ):
            await asyncio.gather(*(gerrit.get("/changes/") for _ in range(12)))
            assert server.most_at_once == server.connections == connections

    asyncio.run(story())


@pytest.mark.parametrize("status", [429, 503])
def test_fewer_at_once_after_a_complaint(status: int) -> None:
    """Four at once complain together: one complaint, two at once from then on."""

    async def story() -> None:
        bed = Bed()
        complaint, fine = after(0.05, words(status, "", "Retry-After: 9")), after(0.02, good())
        async with (
            RudeServer(*[complaint] * 4, fine) as server,
            bed.gerrit(server.origin, connections=4) as gerrit,
        ):

            async def meanwhile() -> None:
                server.most_at_once = 0

            bed.meanwhile = meanwhile
            await asyncio.gather(*(gerrit.get("/changes/") for _ in range(12)))
            assert bed.pauses == [9.0] * 4
            assert server.most_at_once == gerrit.width == 2

    asyncio.run(story())


def test_nobody_asks_while_the_server_wants_to_be_left_alone() -> None:
    async def story() -> None:
        bed = Bed()
        async with RudeServer(words(429, "", "Retry-After: 5"), good()) as server, bed.gerrit(server.origin) as gerrit:
            sent = []

            async def meanwhile() -> None:
                await asyncio.sleep(0.1)
                sent.append(len(server.seen))

            bed.meanwhile = meanwhile
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(gerrit.get("/changes/", kind=str))
                await asyncio.sleep(0.05)
                for _ in range(5):
                    tasks.create_task(gerrit.get("/changes/", kind=str))
            assert sent == [1]

    asyncio.run(story())


def test_a_broken_change_does_not_hold_up_the_others() -> None:
    async def story() -> None:
        bed = Bed()
        async with RudeServer(words(500, ""), good()) as server, bed.gerrit(server.origin) as gerrit:

            async def meanwhile() -> None:
                assert await gerrit.get("/changes/") == "yes"

            bed.meanwhile = meanwhile
            assert await gerrit.get("/changes/") == "yes"

    asyncio.run(story())


def test_a_gate_grows_back_slowly() -> None:
    gate = Gate(4)
    for _ in range(5):
        gate.trouble(gate._era)
    assert gate.width == 1
    for answers in range(1, 3 * CALM + 20):
        gate.answered(gate._era, 0.1)
        assert gate.width == min(4, 1 + answers // CALM)


def test_a_gate_narrows_when_answers_get_slow() -> None:
    gate = Gate(8)
    for _ in range(SAMPLE):
        gate.answered(gate._era, 0.5)
    for _ in range(SAMPLE):
        gate.answered(gate._era, 2.0)  # four times as slow, and not more than two seconds
    assert gate.width == 8
    for _ in range(SAMPLE // 2 + 1):
        gate.answered(gate._era, 2.1)
    assert gate.width == 4  # their median grew, at the sixth
    for _ in range(SAMPLE):
        gate.answered(gate._era, 2.1)
    assert gate.width == 2


def test_a_gate_bears_what_is_still_fast() -> None:
    gate = Gate(8)
    for seconds in [0.1] * SAMPLE + [1.9] * SAMPLE:
        gate.answered(gate._era, seconds)
    assert gate.width == 8


def test_a_gate_takes_slowness_as_it_found_it() -> None:
    gate = Gate(8)
    for _ in range(5 * SAMPLE):
        gate.answered(gate._era, 10.0)
    assert gate.width == 8


def test_the_gate_is_told_how_long_answers_take() -> None:
    """A second, later nine, between sending and the headers: the client's own stopwatch says so."""

    async def story() -> None:
        async with RudeServer(good()) as server:
            now, step = 0.0, 1.0

            def elapsed() -> float:
                nonlocal now
                now += step
                return now

            async with Bed().gerrit(server.origin, connections=4, elapsed=elapsed) as gerrit:
                for _ in range(SAMPLE):
                    await gerrit.get("/changes/")
                assert gerrit.width == 4
                step = 9.0
                for _ in range(SAMPLE):
                    await gerrit.get("/changes/")
                assert gerrit.width == 2

    asyncio.run(story())


def test_who_waits_at_a_gate_may_give_up() -> None:
    async def story() -> None:
        gate = Gate(1)

        async def pass_through() -> None:
            async with gate.slot():
                assert gate.inside == 1
                await asyncio.sleep(0)

        async with gate.slot():
            tasks = [asyncio.create_task(pass_through()) for _ in range(5)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            await asyncio.sleep(0)
        tasks[1].cancel()  # the place is its own, and it does not know yet
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert [task.cancelled() for task in tasks] == [True, True, False, False, False]
        assert gate.inside == 0

    asyncio.run(story())


# --- TLS and proxies ----------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """A certificate and its key in one file, signed by itself, made out to `name`."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl, to make a certificate")
    file = folder / "self.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=rude", "-addext", f"subjectAltName={name}", "-keyout", folder / "key", "-out", file],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_text(file.read_text() + (folder / "key").read_text())
    return file


def serving(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def over_tls(file: Path, **settings: Any) -> tuple[object, list[float], int]:
    async def story() -> tuple[object, list[float], int]:
        bed = Bed()
        async with (
            RudeServer(good("safe"), tls=serving(file)) as server,
            bed.gerrit(server.origin, **settings) as gerrit,
        ):
            try:
                return await gerrit.get("/changes/"), bed.pauses, len(server.seen)
            except RestError as problem:
                return check_secrets(problem), bed.pauses, len(server.seen)

    return asyncio.run(story())


def test_a_certificate_of_ones_own(tmp_path: Path) -> None:
    file = certificate(tmp_path, "IP:127.0.0.1")
    problem, pauses, seen = over_tls(file)
    assert isinstance(problem, Unreachable)
    assert "is not trusted: self" in str(problem)
    assert "name the file with that authority's certificate in ca" in str(problem)
    assert (pauses, seen) == ([], 0)
    assert over_tls(file, ca=file) == ("safe", [], 1)


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    file = certificate(tmp_path, "DNS:other.example.org")
    problem, _, seen = over_tls(file, ca=file)
    assert "It is made out to another name" in str(problem)
    assert "in ca" not in str(problem)
    assert seen == 0


def test_ca_must_name_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("hello")
    with pytest.raises(SourceError, match=r"no\.pem, which holds no certificate in PEM form\."):
        Gerrit("https://review.example.org", ca=tmp_path / "no.pem")
    with pytest.raises(SourceError, match=r"none\.pem, which cannot be read: No such file or directory\."):
        Gerrit("https://review.example.org", ca=tmp_path / "none.pem")


def test_https_where_only_http_is_spoken() -> None:
    async def story() -> None:
        async def bewildered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(head(400, 0))
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(bewildered, "127.0.0.1", port := free_port()) as server:
            async with Bed().gerrit(f"https://127.0.0.1:{port}") as gerrit:
                with pytest.raises(Unreachable, match=r"could not agree on TLS .* It may speak http only\.") as caught:
                    await gerrit.get("/changes/")
                assert caught.value.tried == 1
            server.close()

    asyncio.run(story())


@pytest.mark.parametrize("by_proxy", [False, True])
def test_a_connection_that_comes_to_nothing_is_given_up(by_proxy: bool) -> None:
    """Who listens takes the connection, and then neither agrees on TLS nor passes on to who does."""

    async def story() -> None:
        async with RudeServer(raw(5.0)) as deaf:
            there = f"127.0.0.1:{deaf.port}"
            url, proxy = ("https://review.invalid", f"http://{there}") if by_proxy else (f"https://{there}", None)
            async with Bed().gerrit(url, proxy=proxy, limits=Limits(tries=2, connect=0.2)) as gerrit:
                with pytest.raises(
                    Unreachable, match=r"did not take a connection within 0\.2 s\. It was tried 2 times\."
                ):
                    await gerrit.get("/changes/")

    asyncio.run(story())


def test_http_where_only_https_is_spoken(tmp_path: Path) -> None:
    async def story() -> None:
        tls = serving(certificate(tmp_path, "IP:127.0.0.1"))
        async with (
            RudeServer(good(), tls=tls) as server,
            Bed().gerrit(server.origin.replace("https:", "http:")) as gerrit,
        ):
            with pytest.raises((Unreachable, NotGerrit)) as caught:
                await gerrit.get("/changes/")
            check_secrets(caught.value)

    asyncio.run(story())


def test_a_proxy_is_asked_instead_of_the_server() -> None:
    async def story() -> None:
        async with RudeServer(good("by proxy"), words(407, "")) as proxy:
            address = f"http://me:proxypass@127.0.0.1:{proxy.port}"
            async with Bed().gerrit("http://review.invalid/r", proxy=address) as gerrit:
                assert await gerrit.get("/changes/", PARAMS) == "by proxy"
                with pytest.raises(Unreachable, match="The proxy wants a user and a password") as caught:
                    await gerrit.get("/changes/")
                check_secrets(caught.value)
        assert proxy.seen[0].path == "http://review.invalid/r/a/changes/"
        assert proxy.seen[0].params == PARAMS
        assert proxy.seen[0].headers["proxy-authorization"] == f"Basic {base64.b64encode(b'me:proxypass').decode()}"
        assert proxy.seen[0].headers["authorization"] == f"Basic {BASIC}"

    asyncio.run(story())


def test_a_proxy_with_tls_behind_it(tmp_path: Path) -> None:
    async def story() -> None:
        file = certificate(tmp_path, "IP:127.0.0.1")
        wanted = f"Proxy-Authorization: Basic {base64.b64encode(b'me:proxypass').decode()}"
        async with RudeServer(good("safe"), tls=serving(file)) as server, TunnelProxy(wanted) as proxy:
            there = f"127.0.0.1:{proxy.port}"
            async with Bed().gerrit(server.origin, proxy=f"http://me:proxypass@{there}", ca=file) as gerrit:
                assert await gerrit.get("/changes/") == "safe"
            async with Bed().gerrit(server.origin, proxy=f"http://me:wrong@{there}", ca=file) as gerrit:
                with pytest.raises(Unreachable, match=f"The proxy http://{there} answered 407") as caught:
                    await gerrit.get("/changes/")
                check_secrets(caught.value)
            assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port}"] * 2
            assert len(server.seen) == 1
            assert "proxy-authorization" not in server.seen[0].headers

    asyncio.run(story())


def test_a_proxy_that_is_not_there() -> None:
    port = free_port()
    problem, pauses = unreachable("https://review.invalid", proxy=f"http://me:proxypass@127.0.0.1:{port}")
    assert str(problem).startswith(f"The proxy http://127.0.0.1:{port} cannot be reached: ")
    assert len(pauses) == 4


def test_the_environment_is_not_asked_for_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert ask(good("direct")).value == "direct"


# --- addresses and access -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://ada:hunter2@review.example.org", "https://hunter2@review.example.org", "http://:hunter2@[::1]:8080/r",
     "https://ada:hunter2@[broken", "https://ada:hun@ter2@review.example.org", "ada:hunter2@review.example.org",
     "//ada:hunter2@review.example.org", "https://ada:hunter2@review.example.org:99999"],
)  # fmt: skip
def test_a_password_in_the_address_is_refused(url: str) -> None:
    wanted = "holds no user and no password" if "//" in url else "is like https://review"
    with pytest.raises(ValueError, match=wanted) as caught:
        Gerrit(url)
    told = "".join(traceback.format_exception(caught.value))
    assert "hun" not in str(caught.value)
    assert "hunter2" not in told[told.rindex("\nValueError") :]


@pytest.mark.parametrize(
    "url", ["", "review.example.org", "ftp://example.org", "https://", "https://a..b", "ssh://x:29418"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="like https://review"):
        Gerrit(url)


def test_addresses_are_tidied() -> None:
    assert str(server_address("https://bücher.example/r//?x=1#top")) == "https://xn--bcher-kva.example/r"
    assert str(server_address("http://[::1]:8080/")) == "http://[::1]:8080"
    assert str(server_address("https://example.org/~me@home")) == "https://example.org/~me@home"
    with pytest.raises(ValueError, match="The address of a proxy"):
        Gerrit("https://review.example.org", proxy="proxy.example.org:3128")


def test_nothing_secret_is_shown() -> None:
    jar = [Cookie("o", "crumbs", "example.org")]
    for access in (ME, Access.token("crumbs"), Access.cookies(jar)):
        shown = f"{access!r} {access} {Gerrit('https://example.org', access)!r} {jar}"
        assert "crumbs" not in shown
        assert "hunter2" not in shown
        assert BASIC not in shown
        assert access.signed_in
    assert not ANONYMOUS.signed_in
    assert Access.cookies([]) is ANONYMOUS


@pytest.mark.parametrize(("user", "secret"), [("", "x"), ("a:b", "x"), ("a", ""), ("a", "x\r\nEvil: 1"), ("a\n", "x")])
def test_a_password_that_cannot_be_sent(user: str, secret: str) -> None:
    with pytest.raises(ValueError, match="A user name"):
        Access.password(user, secret)


def test_a_token_is_sent_as_bearer() -> None:
    seen = ask(good(), access=Access.token("crumbs")).server.seen[0]
    assert seen.headers["authorization"] == "Bearer crumbs"
    assert seen.target == "/a/changes/"
    for secret in ("", "a\nb", "ü"):
        with pytest.raises(ValueError, match="A token is needed"):
            Access.token(secret)


def test_cookies_are_sent_under_a() -> None:
    jar = [
        Cookie("far", "1", "0.0.1", subdomains=True, secure=False),
        Cookie("o", "git-ada=1//crumbs", "127.0.0.1", secure=False),
        Cookie("deep", "1", "127.0.0.1", path="/a/changes", secure=False),
        Cookie("else", "1", "127.0.0.1", path="/a/change", secure=False),
        Cookie("tls", "1", "127.0.0.1"),
    ]
    seen = ask(good(), access=Access.cookies(jar)).server.seen[0]
    assert seen.headers["cookie"] == "o=git-ada=1//crumbs; deep=1"
    assert seen.target == "/a/changes/"


def test_cookies_that_may_not_be_sent_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"None of the cookies may be sent to http://example\.org"):
        Gerrit("http://example.org", Access.cookies([Cookie("o", "crumbs", "example.org")]))


COOKIES = """\
# Netscape HTTP Cookie File
# HttpOnly is below

.example.org\tTRUE\t/\tTRUE\t2147483647\to\tgit-all=1//all
review.example.org\tFALSE\t/\tTRUE\t2147483647\to\tgit-ada=1//own
#HttpOnly_review.example.org\tFALSE\t/r\tFALSE\t0\tGerritAccount\taWx-session\r
review.example.org\tFALSE\t/\tTRUE\t1000\told\texpired
broken line of another site
other.org\tFALSE\t/\tTRUE\t0\to\tother
"""


def cookies_for(path: Path, host: str, url: str) -> str | None:
    access = from_cookie_file(path, host, now=NOON)
    return access.headers(URL(url)).get("Cookie") if access else None


def test_a_cookie_file_as_git_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / ".gitcookies"
    path.write_text(COOKIES)
    root = "https://review.example.org"
    assert cookies_for(path, "review.example.org", f"{root}/a/") == "o=git-ada=1//own"
    assert cookies_for(path, "REVIEW.example.org", f"{root}/r/a/") == "o=git-ada=1//own; GerritAccount=aWx-session"
    assert cookies_for(path, "review.example.org", "http://review.example.org/r") == "GerritAccount=aWx-session"
    assert cookies_for(path, "deep.review.example.org", "https://deep.review.example.org/") == "o=git-all=1//all"
    assert cookies_for(path, "example.org", "https://example.org/") == "o=git-all=1//all"
    assert cookies_for(path, "badexample.org", "https://badexample.org/") is None
    assert cookies_for(path, "review.example.org", "https://evil.org/") is None
    kept = from_cookie_file(path, "review.example.org")
    assert kept is not None
    assert kept.named == f"the cookies of review.example.org in {path}"
    assert "1//own" not in kept.hide("o=git-ada=1//own")


@pytest.mark.parametrize(
    "line",
    [".example.org TRUE / TRUE 2147483647 o crumbs", ".example.org\tTRUE\t/\tTRUE\tnever\to\tcrumbs",
     "example.org\tyes\t/\tTRUE\t0\to\tcrumbs", "example.org\tFALSE\t/\tTRUE\t0\to\tcrumbs;b"],
)  # fmt: skip
def test_a_broken_cookie_of_the_host_is_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cookies.txt"
    path.write_text(f"\n{line}\n")
    with pytest.raises(SourceError, match="line 2, is no cookie: it should have seven columns with tabs") as caught:
        from_cookie_file(path, "example.org")
    assert "crumbs" not in str(caught.value)
    assert from_cookie_file(path, "other.net") is None


NETRC = """\
machine other.example.org login eve password evil
machine Review.example.org
  login ada
  password "hunter2 with # and space"
machine half.example.org login ada
default login anonymous password me@example.org
"""


def test_a_netrc_file(tmp_path: Path) -> None:
    path = tmp_path / ".netrc"
    path.write_text(NETRC)
    access = from_netrc(path, "review.example.org")
    assert access == Access.password("ada", "hunter2 with # and space", f"the entry of review.example.org in {path}")
    assert "hunter2" not in repr(access)
    assert from_netrc(path, "unknown.example.org") is None
    with pytest.raises(SourceError, match=r"has no login or no password for half\.example\.org"):
        from_netrc(path, "half.example.org")


@pytest.mark.parametrize("read", [from_netrc, from_cookie_file])
def test_files_that_cannot_be_read(tmp_path: Path, read: Callable[[Path, str], Access | None]) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file or directory"):
        read(tmp_path / "none", "example.org")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="it is not text in UTF-8"):
        read(tmp_path / "binary", "example.org")


def test_a_broken_netrc_does_not_give_the_password_away(tmp_path: Path) -> None:
    path = tmp_path / ".netrc"
    path.write_text("machine example.org\nlogin ada pasword hunter2\n")
    with pytest.raises(SourceError, match="line 2 cannot be understood") as caught:
        from_netrc(path, "example.org")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
