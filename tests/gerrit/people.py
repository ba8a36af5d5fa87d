"""People who use a Gerrit as people do: they push over http, vote and comment over REST, and review over ssh.

What a person does, the server does for them or refuses (Refused, with its words). Times are the server's own: there is
no telling it what day it is.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from pygerrit2 import Anonymous, GerritRestAPI, HTTPBasicAuth
from requests.adapters import HTTPAdapter

from tests.gerrit.jars import Missing
from tests.gerrit.server import GerritServer
from tests.gerrit.workshop import Change, Workshop

TIMEOUT = 60  # seconds that one request may take
LEVEL = "/PATCHSET_LEVEL"
Comment = tuple[str, int, str, bool]  # path (LEVEL: none), line (0: the whole file), text, whether unresolved


class Refused(Exception):
    """The server would not; `status` is of HTTP (0: it was a push, or ssh), `words` are the server's."""

    def __init__(self, what: str, status: int, words: str) -> None:
        super().__init__(f"{what}: {status or ''} {words}")
        self.status, self.words = status, words


class Visitor:
    """Somebody who speaks REST without saying who they are. A path is as in Gerrit's documentation, from `/` on."""

    def __init__(self, server: GerritServer, auth: Anonymous | HTTPBasicAuth | None = None) -> None:
        self.server = server
        self.api = GerritRestAPI(server.url, auth or Anonymous(), adapter=HTTPAdapter(max_retries=0))
        self.api.session.trust_env = False

    def get(self, path: str, **more: Any) -> Any:
        return self._ask("get", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        return self._ask("post", path, json=json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> Any:
        return self._ask("put", path, json=json, **more)

    def delete(self, path: str, json: Any = None, **more: Any) -> Any:
        return self._ask("delete", path, json=json, **more)

    def _ask(self, verb: str, path: str, json: Any = None, **more: Any) -> Any:
        """`more` is for requests; `data` and `headers`, say, of what is no JSON."""
        said = {"json": json} if json is not None else {}
        try:
            return getattr(self.api, verb)(path, timeout=TIMEOUT, **said, **more)
        except requests.HTTPError as refused:
            response = refused.response
            raise Refused(f"{verb} {path}", response.status_code, response.text.strip()) from refused

    def close(self) -> None:
        self.api.session.close()


class Person(Visitor):
    """Somebody with an account."""

    def __init__(self, workshop: Workshop, username: str, name: str, number: int, password: str) -> None:
        super().__init__(workshop.server, HTTPBasicAuth(username, password))
        self.workshop, self.username, self.name, self.number = workshop, username, name, number
        self.password, self.email = password, f"{username}@lantern.example"

    def push(
        self, project: str, subject: str, *, branch: str = "master", options: Iterable[str] = (),
        files: Mapping[str, str] | None = None, onto: Change | str = "", author: "Person | None" = None,
    ) -> Change:  # fmt: skip
        """Upload a new change. `options` are those behind `%`: "wip", "topic=x", "l=Code-Review+1", "r=ben", "m=Two words".

        `files` are added or replaced (a file of its own by default); `onto` is what it builds on, another change or a
        branch as it is now (its own branch by default); `author` is whoever wrote what this person only uploads.
        """
        change_id = self.workshop.new_change_id()
        parent = self._commit_of(project, onto or branch)
        content = dict(files) if files is not None else {f"{change_id[:9]}.txt": f"{subject}\n"}
        change = Change(project, branch, change_id, subject, parent, content)
        self._upload(change, options, author)
        return change

    def amend(
        self, change: Change, subject: str = "", *, options: Iterable[str] = (), files: Mapping[str, str] | None = None,
        onto: Change | str = "", author: "Person | None" = None,
    ) -> Change:  # fmt: skip
        """Upload the next patch set, of anybody's change: by default one with other content, a rework.

        With `files={}` the content stays: a new `subject` then makes it a new message only, `onto` a rebase, and
        neither of them a patch set without any change. What the server itself made of the change, by a rebase in the
        browser, is not built upon.
        """
        change.subject = subject or change.subject
        change.files |= self.workshop.other_content(change) if files is None else files
        if onto:
            change.parent = self._commit_of(change.project, onto)
        self._upload(change, options, author)
        return change

    def _commit_of(self, project: str, onto: Change | str) -> str:
        return onto.commit if isinstance(onto, Change) else self.workshop.tip(self.remote(project), project, onto)

    def _upload(self, change: Change, options: Iterable[str], author: "Person | None") -> None:
        change.commit = self.workshop.commit(change, (author or self).ident, self.ident)
        target = f"{change.commit}:refs/for/{change.branch}"
        if chosen := ",".join(quote(option, safe="=+@/") for option in options):
            target += f"%{chosen}"
        done = self.server.run_git(self.workshop.clone(change.project), "push", self.remote(change.project), target)
        lines = done.stderr.decode().splitlines()  # also where progress goes back to the start of its line
        said = "\n".join(line.removeprefix("remote: ") for line in lines if "Processing changes" not in line)
        if done.returncode:
            raise Refused(f"push to {change.project}", 0, said)
        numbers = re.findall(rf"^\s*{re.escape(self.server.url)}/c/{re.escape(change.project)}/\+/(\d+) ", said, re.M)
        change.number = int(numbers[-1])  # a series is named from its oldest change on, if anything in it is new

    @property
    def ident(self) -> str:
        """How commits name the person."""
        return f"{self.name} <{self.email}>"

    def remote(self, project: str) -> str:
        """The address of a project, for git, with the person's name and password in it."""
        return self.server.url.replace("://", f"://{self.username}:{self.password}@") + f"/a/{project}"

    def review(
        self, change: Change, votes: Mapping[str, int] | None = None, message: str = "", *,
        comments: Iterable[Comment] = (), tag: str = "", on_behalf_of: "Person | None" = None,
        ready: bool | None = None, patch_set: int | str = "current", **more: Any,
    ) -> Any:  # fmt: skip
        """Reply, in one go: votes (0 takes one back), words, comments. `ready` False makes it work in progress.

        `more` is whatever else Gerrit's ReviewInput has: reviewers, notify, add_to_attention_set.
        """
        said: dict[str, Any] = {"labels": dict(votes or {}), "message": message, **more}
        for path, line, text, unresolved in comments:
            comment = {"message": text, "unresolved": unresolved, **({"line": line} if line else {})}
            said.setdefault("comments", {}).setdefault(path, []).append(comment)
        if tag:
            said["tag"] = tag
        if on_behalf_of:
            said["on_behalf_of"] = on_behalf_of.number
        if ready is not None:
            said["ready" if ready else "work_in_progress"] = True
        return self.post(f"/changes/{change.id}/revisions/{patch_set}/review", said)

    def submit(self, change: Change) -> Any:
        return self.post(f"/changes/{change.id}/submit")

    def ssh(self, *words: str) -> str:
        """What a command such as `gerrit review --code-review +1 7,1` prints; Missing where there is no ssh client."""
        client = shutil.which("ssh")
        if client is None:
            raise Missing("needs an ssh client: Debian and Ubuntu have it as apt-get install openssh-client")
        options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
        command = [client, "-F", "/dev/null", "-q", "-i", str(self._key()), "-p", str(self.server.ssh_port)]
        command += [word for option in options for word in ("-o", option)]
        command += [f"{self.username}@127.0.0.1", shlex.join(words)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        if done.returncode:
            raise Refused(f"ssh {shlex.join(words)}", 0, done.stderr.strip())
        return done.stdout

    def _key(self) -> Path:
        """The person's ssh key, made and given to the server when it is first wanted."""
        key = self.server.folder / "keys" / self.username
        if not key.exists():
            key.parent.mkdir(exist_ok=True)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
            public = Path(f"{key}.pub").read_text()
            self.post("/accounts/self/sshkeys", data=public, headers={"Content-Type": "text/plain"})
        return key
