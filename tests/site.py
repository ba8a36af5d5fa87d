"""A small web site on loopback, for pages that are not Gerrit's and for a Gerrit that says what it is told to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

Answer = tuple[int, str, str]
"""Status, type, body."""
Answers = dict[str, Answer | Callable[[str], Answer]]
"""By path; where it depends on the query, a function of it, decoded."""


def page(title: str, status: int = 200, body: str = "") -> Answer:
    """A web page."""
    return status, "text/html", f"<!doctype html><title>{title}</title><body>{body}"


def said(value: Any) -> Answer:
    """What a Gerrit would say."""
    return 200, "application/json", f")]}}'\n{json.dumps(value)}\n"


@contextmanager
def site(answers: Answers, other: Answer) -> Iterator[str]:
    """The address of a site that answers these paths (before their query), and anything else with `other`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            answer = answers.get(path, other)
            status, kind, body = answer(unquote_plus(query)) if callable(answer) else answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
