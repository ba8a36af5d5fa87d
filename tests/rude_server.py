"""A web server on loopback that misbehaves as told: request after request it plays the acts it was given.

Sockets only: a web framework would be too well-behaved. The last act is played for every further request.
"""

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl

PHRASES = {200: "OK", 302: "Found", 404: "Not Found", 429: "Too Many Requests", 503: "Service Unavailable"}


class Seen(NamedTuple):
    """A request as it came: its target unparsed, header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def params(self) -> list[tuple[str, str]]:
        """The query as a servlet decodes it: + is a space."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True, strict_parsing=True, errors="strict")


Act = Callable[[Seen, asyncio.StreamWriter], Awaitable[bool]]
"""Answers a request; tells whether the connection is kept."""


def raw(*pieces: bytes | float, keep: bool = False, reset: bool = False) -> Act:
    """Send bytes as they are; numbers are pauses in seconds. Then close the connection, rudely if `reset`, or keep it."""

    async def act(_: Seen, writer: asyncio.StreamWriter) -> bool:
        for piece in pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            else:
                await asyncio.sleep(piece)
        if reset:
            await asyncio.sleep(0.01)
            writer.transport.abort()
        return keep

    return act


def head(status: int, length: int | None, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} {PHRASES.get(status, 'So It Is')}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def say(status: int, body: bytes | str, *headers: str) -> Act:
    """A whole answer."""
    body = body.encode() if isinstance(body, str) else body
    return raw(head(status, len(body), *headers), body, keep=True)


def gerrit_json(value: Any) -> bytes:
    return b")]}'\n" + json.dumps(value).encode() + b"\n"


def good(value: Any = "yes", *headers: str) -> Act:
    """What Gerrit would say."""
    return say(200, gerrit_json(value), "Content-Type: application/json;charset=utf-8", *headers)


def packed(value: Any) -> Act:
    return say(200, gzip.compress(gerrit_json(value)), "Content-Encoding: gzip")


def words(status: int, text: str, *headers: str) -> Act:
    """An error as Gerrit tells it."""
    return say(status, text, "Content-Type: text/plain;charset=utf-8", *headers)


def page(html: str, status: int = 200, *headers: str) -> Act:
    return say(status, html, "Content-Type: text/html; charset=UTF-8", *headers)


def go(location: str, status: int = 302) -> Act:
    return say(status, "", f"Location: {location}")


def after(seconds: float, act: Act) -> Act:
    async def later(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(seconds)
        return await act(seen, writer)

    return later


def endless(*headers: str, piece: bytes = b" " * 65536, first: bytes = b")]}'\n[", pieces: int = 4000) -> Act:
    """A body that does not end within `pieces`; it stops when nobody listens any more."""

    async def act(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(head(200, None, *headers, "Connection: close") + first)
        for _number in range(pieces):
            writer.write(piece)
            await writer.drain()
        return False

    return act


@dataclass
class RudeServer:
    """The server: `async with RudeServer(good(1), say(500, "")) as server`."""

    acts: list[Act]
    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    most_at_once: int = 0
    connections: int = 0
    port: int = 0
    _at_once: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __init__(self, *acts: Act, tls: ssl.SSLContext | None = None) -> None:
        self.acts, self.tls, self.seen, self._tasks = list(acts), tls, [], set()

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the port it had before if it had one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                while await self._answer(await reader.readuntil(b"\r\n\r\n"), writer):
                    pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        first, *lines = request.decode("latin-1").strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        seen = Seen(method, target, headers)
        self.seen.append(seen)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await act(seen, writer)
        finally:
            self._at_once -= 1


@dataclass
class TunnelProxy:
    """A proxy for https: it takes CONNECT, with the given Proxy-Authorization if any, and passes on what it gets."""

    wanted: str = ""
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = request.partition("\r\n")[0].split(" ")
            self.asked.append(f"{method} {target}")
            if self.wanted and self.wanted not in request:
                writer.write(head(407, 0))
                await writer.drain()
                return
            host, _, port = target.rpartition(":")
            there, away = await asyncio.open_connection(host, int(port))
            writers.append(away)
            writer.write(head(200, None))
            await asyncio.gather(_pass_on(reader, away), _pass_on(there, writer))
        finally:
            await _close(writers)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()


async def _close(writers: Iterable[asyncio.StreamWriter]) -> None:
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
