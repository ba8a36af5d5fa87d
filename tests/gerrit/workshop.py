"""Where people make their commits: one bare repository a project for all of them, and no checkout.

A commit is one run of `git fast-import`. No two are the same, not even with the same content: each is a second later
than the one before.
"""

import itertools
import time
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from urllib.parse import quote

from tests.gerrit.server import GerritServer


@dataclass
class Change:
    """A change that somebody pushed. `commit` and `files` are of the last patch set that was pushed."""

    project: str
    branch: str
    change_id: str
    subject: str
    parent: str
    files: dict[str, str]
    commit: str = ""
    number: int = 0

    @property
    def id(self) -> str:
        """As in the path of a request: `/changes/{id}/...`."""
        return f"{quote(self.project, safe='')}~{self.number}"


class Workshop:
    def __init__(self, server: GerritServer) -> None:
        self.server = server
        self._count = itertools.count(1)
        self._second = 0

    def clone(self, project: str) -> Path:
        """The repository in which commits to `project` are made."""
        repository = self.server.folder / "clones" / f"{project}.git"
        if not repository.exists():
            self.server.git(None, "init", "--quiet", "--bare", str(repository))
        return repository

    def tip(self, remote: str, project: str, branch: str) -> str:
        """The commit that a branch is at, on the server; it is there to build on then."""
        clone = self.clone(project)
        self.server.git(clone, "fetch", "--quiet", "--no-tags", remote, f"+refs/heads/{branch}:refs/heads/{branch}")
        return self.server.git(clone, "rev-parse", f"refs/heads/{branch}")

    def new_change_id(self) -> str:
        seed = f"{time.time_ns()} {next(self._count)}"
        return f"I{sha1(seed.encode(), usedforsecurity=False).hexdigest()}"

    def other_content(self, change: Change) -> dict[str, str]:
        """Files of the change, the first of them with another line."""
        path = next(iter(change.files), "more.txt")
        return {path: f"{change.files.get(path, '')}Line {next(self._count)}.\n"}

    def commit(self, change: Change, author: str, committer: str) -> str:
        """The change as it is said to be now, as a commit; its parent must be in the repository."""
        self._second = max(self._second + 1, int(time.time()))
        files = "".join(f"M 100644 inline {path}\n{data(text)}\n" for path, text in change.files.items())
        message = f"{change.subject}\n\nChange-Id: {change.change_id}\n"
        stream = (
            f"commit refs/work\nmark :1\nauthor {author} {self._second} +0000\n"
            f"committer {committer} {self._second} +0000\n"
            f"{data(message)}\n"
            f"from {change.parent}\n{files}get-mark :1\n"
        )
        options = ("--quiet", "--force", "--date-format=raw")
        return self.server.git(self.clone(change.project), "fast-import", *options, stdin=stream.encode())


def data(text: str) -> str:
    """A text in the input of `git fast-import`."""
    return f"data {len(text.encode())}\n{text}"
