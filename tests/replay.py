"""A recorded community, played by a web server on loopback as Gerrit would answer it, or as badly as it is told to.

The server is a process of its own: `with replayed(recorded, ["x86-power-control"]) as server` starts it and speaks to it.
What it answers is what the real server answered (`recorded`/COMMUNITY/rest); comments were not recorded that way and are
made from the git bundles beside it. Answers are kept as bytes, so that it costs a measurement next to nothing.
"""

import argparse
import asyncio
import contextlib
import gzip
import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from collectors.git_source import GitProject
from collectors.source import Watched

Info = dict[str, Any]
"""ChangeInfo, or any other object of Gerrit's JSON."""

XSSI = b")]}'\n"
CONTROL = "/-/"
MOST = 500
"""Changes in an answer at most, however many are asked for."""
FURTHER = 6 * 365 * 86400
"""Seconds by which a repetition of the community lies further in the past: longer than its record."""
APART = 10_000_000
"""What is added to the numbers of changes in a repetition."""

_LABELS = {"LABELS", "DETAILED_LABELS"}
_REVISIONS = {"CURRENT_REVISION", "ALL_REVISIONS"}
WITH = {
    "messages": {"MESSAGES"}, "reviewer_updates": {"REVIEWER_UPDATES"}, "submit_type": {"SUBMITTABLE"},
    "labels": _LABELS, "reviewers": _LABELS, "removable_reviewers": _LABELS, "pending_reviewers": _LABELS,
    "revisions": _REVISIONS, "current_revision": _REVISIONS,
}  # fmt: skip
"""Fields of a change that are told only with one of some options."""


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp())


def gerrit_time(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}.000000000"


# --- What is played -------------------------------------------------------------------------------------------------


@dataclass
class Community:
    """Changes as the server told of them, comments by change and path, accounts by number."""

    changes: dict[int, Info] = field(default_factory=dict)
    comments: dict[int, dict[str, list[Info]]] = field(default_factory=dict)
    accounts: dict[int, Info] = field(default_factory=dict)

    @classmethod
    def recorded(cls, folder: Path, projects: Collection[str], times: int = 1) -> Self:
        """That in the folder of a community; with `times`, its whole record again and again, further in the past."""
        found = cls()
        for name in projects:
            pages = sorted((folder / "rest" / name).glob("changes-*.json.gz"))
            changes = [change for page in pages for change in json.loads(gzip.decompress(page.read_bytes())[5:])]
            found.changes.update((change["_number"], change) for change in changes)
            for change in changes:
                change.pop("_more_changes", None)
                found.accounts.update((one["_account_id"], one) for one in _accounts(change))
        for name in projects:
            found._read_comments(folder / f"{name}.bundle")
        for again in range(1, times):
            found._repeat(again)
        return found

    def _read_comments(self, bundle: Path) -> None:
        with tempfile.TemporaryDirectory() as cache:
            source = GitProject(Watched(0, "", 0, bundle.stem), str(bundle), Path(cache))
            [look] = source.looks({}, "")
            fetched = source.fetch([item for item in look.items if item.number in self.changes])
        for number, remarks in fetched.comments.items():
            paths = self.comments.setdefault(number, {})
            for one in sorted(remarks, key=lambda one: (one.path, one.at, one.uuid)):
                told = {
                    "author": self.accounts.get(one.author, {"_account_id": one.author}), "unresolved": one.unresolved,
                    "patch_set": one.patch_set, "id": one.uuid, "updated": gerrit_time(one.at), "message": one.text,
                    "line": one.line, "in_reply_to": one.parent_uuid,
                }  # fmt: skip
                paths.setdefault(one.path, []).append({key: value for key, value in told.items() if value is not None})

    def _repeat(self, again: int) -> None:
        time_in = re.compile(r'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.\d{9}"')
        seconds, numbers = again * FURTHER, again * APART

        def earlier(value: Any) -> Any:
            text = time_in.sub(lambda found: f'"{gerrit_time(epoch(found[1]) - seconds)}"', json.dumps(value))
            return json.loads(text)

        for change in [change for number, change in self.changes.items() if number < APART]:
            number = change["_number"]
            copy = {**earlier(change), "_number": number + numbers, "virtual_id_number": number + numbers}
            copy["id"] = f"{copy['id'].partition('~')[0]}~{copy['_number']}"
            copy["meta_rev_id"] = f"{again:02x}{copy['meta_rev_id'][2:]}"
            self.changes[copy["_number"]] = copy
            if number in self.comments:
                self.comments[copy["_number"]] = earlier(self.comments[number])


def _accounts(value: Any) -> Iterator[Info]:
    """Every account in an answer."""
    if isinstance(value, dict):
        if "_account_id" in value and "username" in value:
            yield {key: value[key] for key in ("_account_id", "name", "email", "username") if key in value}
        else:
            for one in value.values():
                yield from _accounts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _accounts(one)


# --- How it is answered ---------------------------------------------------------------------------------------------


@dataclass
class Order:
    """What to do to requests whose unquoted target matches: `act` once, `times` times, or always (0), `skip` later."""

    act: str
    match: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 0
    status: int = 503
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False

    def wants(self, target: str) -> bool:
        if self.done or not re.search(self.match, target):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.done = self.times == 1
        self.times = max(self.times - 1, 0)
        return True


class NotThere(Exception):
    """404."""


class Answers:
    """The bytes of every answer, kept until something is changed. `twists` are what is told instead of the truth."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self.changes = dict(community.changes)
        self.twists: dict[tuple[str, int], Any] = {}
        self.groups: dict[str, list[int]] = {}
        self._parts: dict[tuple[int, frozenset[str]], bytes] = {}
        self._whole: dict[tuple[str, bool], bytes] = {}
        self._order: list[tuple[int, int]] = []

    def mend(self) -> None:
        """The community as it was recorded."""
        self.changes, self.twists, self.groups = dict(self.community.changes), {}, {}
        self.changed()

    def changed(self) -> None:
        self._parts.clear()
        self._whole.clear()
        self._order = []

    def body(self, target: str, packed: bool) -> bytes:
        if (target, packed) not in self._whole:
            plain = XSSI + self._made(target) + b"\n"
            self._whole[target, packed] = gzip.compress(plain, 6, mtime=0) if packed else plain
        return self._whole[target, packed]

    def _made(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        params = parse_qsl(query, keep_blank_values=True)
        given = dict(params)
        path = path.removeprefix("/a")
        if path == "/projects/":
            return _json({name: {"id": name, "state": "ACTIVE"} for name in self._projects()})
        if path == "/changes/":
            return self._query(given, frozenset(value for name, value in params if name == "o"))
        if path == "/config/server/version":
            return b'"3.13.0"'
        if path == "/accounts/":
            numbers = map(int, re.findall(r"\d+", given["q"]))
            return _json([self.community.accounts[one] for one in numbers if one in self.community.accounts])
        if found := re.fullmatch(r"/groups/([^/]+)/members/", path):
            if (name := unquote(found[1])) not in self.groups:
                raise NotThere
            return _json([self.community.accounts.get(one, {"_account_id": one}) for one in self.groups[name]])
        if found := re.fullmatch(r"/changes/([^/]+)~(\d+)(/comments)?", path):
            number = int(found[2])
            if self.changes.get(number, {}).get("project") != unquote(found[1]):
                raise NotThere
            if found[3]:
                return _json(self.twists.get(("comments", number), self.community.comments.get(number, {})))
            return self._part(number, frozenset(value for name, value in params if name == "o"))
        raise NotThere

    def _projects(self) -> list[str]:
        return sorted({change["project"] for change in self.changes.values()})

    def _query(self, given: Mapping[str, str], options: frozenset[str]) -> bytes:
        query, most, skip = given["q"], min(int(given.get("n", MOST)), MOST), int(given.get("S", given.get("start", 0)))
        if numbers := [int(one) for one in re.findall(r"change:(\d+)", query)]:
            found = sorted((one for one in numbers if one in self.changes), key=self._place)
        else:
            found = list(self._listed(query))
        kind = "details" if "MESSAGES" in options else "listing"
        kept = [one for one in found if self.twists.get((kind, one), True) is not None]
        parts = [self._told(kind, one, options) for one in kept[skip : skip + most]]
        if parts and skip + most < len(kept):
            parts[-1] = parts[-1][:-1] + b',"_more_changes":true}'
        return b"[" + b",".join(parts) + b"]"

    def _place(self, number: int) -> tuple[int, int]:
        """Newest first: by the time of the last update, then by number."""
        return -epoch(self.changes[number]["updated"]), -number

    def _listed(self, query: str) -> Iterator[int]:
        names = set(re.findall(r'project:"?([^"\s)]+)', query))
        since, before = (re.search(rf'{word}:"([^"]+) \+0000"', query) for word in ("since", "before"))
        if not self._order:
            self._order = sorted(map(self._place, self.changes))
        for at, number in self._order[bisect_left(self._order, (-epoch(before[1]), -(1 << 62))) if before else 0 :]:
            if since and -at < epoch(since[1]):
                return
            if self.changes[-number]["project"] in names:
                yield -number

    def _told(self, kind: str, number: int, options: frozenset[str]) -> bytes:
        twist = self.twists.get((kind, number))
        return self._part(number, options) if twist is None else _json(twist)

    def _part(self, number: int, options: frozenset[str]) -> bytes:
        if (number, options) not in self._parts:
            told = {key: value for key, value in self.changes[number].items() if _is_told(key, options)}
            self._parts[number, options] = _json(told if "DETAILED_ACCOUNTS" in options else _numbers_only(told))
        return self._parts[number, options]


def _is_told(key: str, options: Collection[str]) -> bool:
    if key in ("insertions", "deletions"):
        return "SKIP_DIFFSTAT" not in options
    return key not in WITH or not WITH[key].isdisjoint(options)


def _numbers_only(value: Any) -> Any:
    if isinstance(value, dict):
        if "_account_id" in value and "username" in value:
            return {key: one for key, one in value.items() if key not in ("name", "email", "username")}
        return {key: _numbers_only(one) for key, one in value.items()}
    return [_numbers_only(one) for one in value] if isinstance(value, list) else value


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


class Player:
    """The server in its own process. A request whose path begins with CONTROL is an instruction to it."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.orders: list[Order] = []
        self.seen: list[str] = []
        self.date: float | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """On the port it had before if it had one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=500)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _away(self, seconds: float) -> None:
        """Nobody listens, and every connection breaks."""
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(seconds)
        await self.listen()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._answer(await reader.readuntil(b"\r\n\r\n"), reader, writer):
                    await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = request.decode("latin-1").strip().split("\r\n")
        target = first.split(" ")[1]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if target.startswith(CONTROL):
            wanted = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
            writer.write(self._head(200, reply := _json(self._obey(target[len(CONTROL) :], wanted))) + reply)
            return True
        self.seen.append(target)
        packed = "gzip" in headers.get("accept-encoding", "")
        shown = unquote(target)
        order = next((one for one in self.orders if one.wants(shown)), None)
        if order and order.act == "away":
            asyncio.get_running_loop().create_task(self._away(order.seconds))
            return False
        if order and order.act == "say":
            body = order.text.encode()
            writer.write(self._head(order.status, body, {"Content-Type": "text/html", **order.headers}) + body)
            return True
        if order:
            await asyncio.sleep(order.seconds)
        try:
            body = self.answers.body(target, packed)
        except NotThere:
            body = b"Not found"
            writer.write(self._head(404, body, {"Content-Type": "text/plain"}) + body)
            return True
        head = self._head(200, body, {"Content-Encoding": "gzip"} if packed else {})
        if order and order.act == "cut":
            writer.write(head + body[: len(body) // 2])
            await writer.drain()
            return False
        writer.write(head)
        writer.write(body)
        return True

    def _head(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        told = {
            "Date": formatdate(self.date, usegmt=True), "Content-Type": "application/json;charset=utf-8",
            "Content-Length": str(len(body)), **(headers or {}),
        }  # fmt: skip
        lines = [f"HTTP/1.1 {status} {http.client.responses[status]}", *(f"{name}: {told[name]}" for name in told)]
        return "\r\n".join([*lines, "", ""]).encode()

    def _obey(self, what: str, wanted: Info) -> object:
        """What `Replay` asks for, under the same name."""
        answers = self.answers
        if what == "order":
            self.orders.append(Order(**wanted))
        elif what == "calm":
            self.orders = []
        elif what == "put":
            answers.changes[wanted["_number"]] = wanted
        elif what == "twist":
            answers.twists[wanted["where"], wanted["number"]] = wanted["value"]
        elif what == "straighten":
            answers.twists.clear()
        elif what == "groups":
            answers.groups = wanted
        elif what == "date":
            self.date = wanted["at"]
        elif what == "mend":
            answers.mend()
            self.orders, self.seen, self.date = [], [], None
        elif what == "change":
            return answers.changes[wanted["number"]]
        elif what == "comments":
            return answers.community.comments.get(wanted["number"], {})
        elif what == "numbers":
            return sorted(answers.changes)
        elif what == "seen":
            seen, self.seen = self.seen, []
            return seen
        if what in ("put", "twist", "straighten", "groups"):
            answers.changed()
        return None


def main() -> None:
    """Play until the standard input ends; the first line of output is the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("projects", nargs="+")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    player = Player(Answers(Community.recorded(given.folder, given.projects, given.times)))
    player.port = given.port

    async def play() -> None:
        await player.listen()
        sys.stdout.write(f"{player.port}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    asyncio.run(play())


# --- For those who play against it ------------------------------------------------------------------------------------


class Replay:
    """A server that runs; see `replayed`. `seen` has the targets asked for since it was last looked at."""

    def __init__(self, command: Sequence[str]) -> None:
        self.port = 0
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """As it was at first, on the port it had if it had one."""
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """Nobody answers at its place any more."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def order(
        self, act: str, match: str = "", *, times: int = 1, skip: int = 0, seconds: float = 0, status: int = 503,
        text: str = "", headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """What to do to requests whose unquoted target (path and query) matches, `times` times, 0 for always.

        "say": `status`, `text` as a page, and `headers`; "cut": break off in the middle of the answer; "away": no answer
        to anybody for some seconds; "wait": the right answer, but only after some seconds.
        """
        self._tell(
            "order", act=act, match=match, times=times, skip=skip, seconds=seconds, status=status, text=text,
            headers=dict(headers or {}),
        )  # fmt: skip

    def calm(self) -> None:
        """No more orders."""
        self._tell("calm")

    def numbers(self) -> list[int]:
        """Of all changes."""
        found: list[int] = self._tell("numbers")
        return found

    def change(self, number: int) -> Info:
        """All that the server knows of a change."""
        found: Info = self._tell("change", number=number)
        return found

    def comments(self, number: int) -> dict[str, list[Info]]:
        """Its comments by path."""
        found: dict[str, list[Info]] = self._tell("comments", number=number)
        return found

    def put(self, change: Info) -> None:
        """Another state of a change."""
        self._tell("put", **change)

    def twist(self, where: str, number: int, value: object) -> None:
        """In "listing", "details" or "comments" tell this of a change; None: leave it out."""
        self._tell("twist", where=where, number=number, value=value)

    def straighten(self) -> None:
        """No more twists."""
        self._tell("straighten")

    def groups(self, members: Mapping[str, Sequence[int]]) -> None:
        """The groups there are, and the accounts in them."""
        self._tell("groups", **members)

    def date(self, at: float | None) -> None:
        """The time that every answer is of; None: the right one."""
        self._tell("date", at=at)

    def seen(self) -> list[str]:
        """What was asked for since this was last asked: paths with their queries, quoted as they came."""
        found: list[str] = self._tell("seen")
        return found

    def mend(self) -> None:
        """The recorded community, no orders, and the right time."""
        self._tell("mend")

    def _tell(self, what: str, **wanted: object) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            for _ in range(100):  # it may be away just now
                with contextlib.suppress(ConnectionError):
                    connection.request("POST", f"{CONTROL}{what}", json.dumps(wanted))
                    return json.loads(connection.getresponse().read())
                time.sleep(0.1)
                connection.close()
        raise TimeoutError("the replaying server does not come back")


@contextlib.contextmanager
def replayed(recorded: Path, projects: Sequence[str], community: str = "openbmc", times: int = 1) -> Iterator[Replay]:
    """A server that plays these projects (the last parts of their names) of a recorded community."""
    words = [str(recorded / community), *projects, "--times", str(times)]
    server = Replay([sys.executable, "-m", "tests.replay", *words])
    try:
        yield server
    finally:
        server.stop()


if __name__ == "__main__":
    main()
