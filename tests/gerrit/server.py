"""A real Gerrit server under a folder: its site is made, it starts, stops and starts again.

It listens on loopback only, on ports that were free when the site was made, sends no mail, and shows every account to
everybody. Nothing of the person who runs the tests is read: neither their git configuration nor their home.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import requests

from tests.gerrit.jars import launcher

ADMIN, SECRET = "admin", "secret"  # what `Init --dev` makes
SERVER_ID = "00000000-0000-4000-8000-000000000000"
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # starts in half the time, and is no slower for minutes
STARTS_WITHIN = 120.0
KEEPER = Path(__file__).with_name("keeper.py")


class ServerFailed(Exception):
    """Gerrit ended, or did not answer, or could not make its site; with the end of its log."""


class GitFailed(Exception):
    """git ended with an error; its words."""


class GerritServer:
    """One server. `folder` must be empty or not exist; `heap` is how much memory Java may take for its objects."""

    def __init__(self, folder: Path, heap: str = "1g", server_id: str = SERVER_ID) -> None:
        self.folder, self.server_id = folder.resolve(), server_id
        self.site, self.log = self.folder / "site", self.folder / "server.log"
        self.repositories = self.site / "git"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j.properties").write_text("log4j.rootLogger=INFO\n")  # or else it tells every byte it sends
        self.launcher = launcher(f"-Xmx{heap}", *SHORT_LIVED, f"-Duser.home={self.folder}", classes=self.folder)
        self.http_port, self.ssh_port = _free_ports(2)
        self.url = f"http://127.0.0.1:{self.http_port}"
        self._process: subprocess.Popen[bytes] | None = None

    def init(self, settings: Mapping[str, str] | None = None) -> None:
        """Make the site; `settings` are further ones of gerrit.config."""
        config = self.site / "etc" / "gerrit.config"
        config.parent.mkdir(parents=True)
        said = {
            "gerrit.basePath": "git",
            "gerrit.serverId": self.server_id,
            "gerrit.canonicalWebUrl": f"{self.url}/",
            "auth.type": "DEVELOPMENT_BECOME_ANY_ACCOUNT",
            "httpd.listenUrl": f"{self.url}/",
            "sshd.listenAddress": f"127.0.0.1:{self.ssh_port}",
            "sendemail.enable": "false",
            "sendemail.allowTLD": "example",  # or else no address may end so
            "accounts.visibility": "ALL",
            "index.type": "lucene",
            "receive.autogc": "false",
            # Which files somebody has looked at: closing that database would hold up every stop for four seconds.
            "accountPatchReviewDb.url": f"jdbc:h2:file:{self.site}/db/account_patch_reviews;DB_CLOSE_ON_EXIT=FALSE",
            **(settings or {}),
        }
        for key, value in said.items():
            self.git(None, "config", "-f", str(config), key, value)
        self.tool("Init", "--batch", "--no-auto-start", "--dev")

    def tool(self, name: str, *arguments: str) -> None:
        """Run one of Gerrit's programs on the site, which must not be served meanwhile."""
        with self.log.open("ab") as log:
            done = subprocess.run(
                [*self.launcher, name, "-d", str(self.site), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(), cwd=self.folder, check=False,
            )  # fmt: skip
        if done.returncode:
            raise ServerFailed(f"Gerrit's {name} ended with {done.returncode}:\n{self.log_end()}")

    def start(self) -> None:
        """Start, and wait until it answers. It ends when this process does, however that comes about."""
        assert self._process is None, "the server was started already"
        command = [*self.launcher, "Daemon", "-d", str(self.site), "--console-log"]
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C is for the tests, which then stop the server in order.
            self._process = subprocess.Popen(
                [sys.executable, str(KEEPER), *command],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=self.environment(), cwd=self.folder,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while not self.answers():
            if not self.running:
                raise ServerFailed(f"Gerrit ended instead of starting:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"Gerrit did not answer within {STARTS_WITHIN:.0f} seconds:\n{self.log_end()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it and wait until it has ended; nothing when it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()  # what keeper.py waits for
        process.wait()

    @contextmanager
    def served(self) -> Iterator[Self]:
        """It is started, and stopped in the end, whatever happens."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended since, by itself or by `stop`."""
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        """Whether it answers a request now."""
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"{self.url}/config/server/version", timeout=10).ok
            except (requests.ConnectionError, requests.Timeout):
                return False

    def log_end(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def environment(self) -> dict[str, str]:
        """What programs around the server see: no proxy, no git configuration of anybody."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0",
        }  # fmt: skip

    def git(self, repository: Path | None, *arguments: str, stdin: bytes = b"", **more: str) -> str:
        """What git says to stdout, and GitFailed with its words where it fails; `more` are variables for it."""
        done = self.run_git(repository, *arguments, stdin=stdin, **more)
        if done.returncode:
            raise GitFailed(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode().strip()

    def run_git(
        self, repository: Path | None, *arguments: str, stdin: bytes = b"", **more: str
    ) -> subprocess.CompletedProcess[bytes]:
        """The same, whatever comes of it."""
        where = ["-C", str(repository)] if repository else []
        environment = {**self.environment(), **more}
        return subprocess.run(
            ["git", *where, *arguments], input=stdin, env=environment, capture_output=True, check=False
        )


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; all are held until all are known, so that no two are the same."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
