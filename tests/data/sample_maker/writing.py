"""Writing: the rewritten history of each project as a bundle, and who the invented people are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import IO

from tests.data.sample_maker.git import Event, SampleError, read_tree
from tests.data.sample_maker.identities import Server
from tests.data.sample_maker.projects import Project
from tests.data.sample_maker.texts import Rewriter


def data(text: bytes) -> bytes:
    """Return fast-import's form of a piece of data."""
    return b"data %d\n%s\n" % (len(text), text)


class Importer:
    """Writes the new history of one project as a ``git fast-import`` stream."""

    def __init__(self, project: Project, rewriter: Rewriter) -> None:
        self.project = project
        self.rewriter = rewriter
        self.marks: dict[str, int] = {}
        self.commits = 0

    def run(self, folder: Path) -> None:
        """Make a repository of the rewritten meta refs."""
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
        importer = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
        if importer.stdin is None:
            raise SampleError("fast-import was started without a pipe")
        with importer.stdin as stream:
            for ref, events in self.project.histories.items():
                self._write_change(stream, ref, events)
        if importer.wait() != 0:
            raise SampleError(f"{self.project.name}: fast-import failed")
        self.project.repository.close()

    def _write_change(self, stream: IO[bytes], ref: str, events: list[Event]) -> None:
        stream.write(b"reset %s\n\n" % ref.encode())
        tree = ""
        for event in events:
            files = [] if event.tree == tree else list(read_tree(self.project.repository, event.tree))
            for _, blob in files:
                self._write_blob(stream, blob)
            stream.write(self._header(ref, event) + data(self.rewriter.message(event).encode()))
            if event.tree != tree:
                stream.write(b"deleteall\n")
                for path, blob in files:
                    stream.write(f"M 100644 :{self.marks[blob]} {self.rewriter.note_path(path)}\n".encode())
            stream.write(b"\n")
            tree = event.tree
            self.commits += 1

    def _write_blob(self, stream: IO[bytes], blob: str) -> None:
        if blob not in self.marks:
            self.marks[blob] = len(self.marks) + 1
            content = self.rewriter.note(self.project.repository.read(blob))
            stream.write(b"blob\nmark :%d\n" % self.marks[blob] + data(content))

    def _header(self, ref: str, event: Event) -> bytes:
        lines = [
            f"commit {ref}",
            f"author {self.rewriter.scrubber.ident(event.author)}",
            f"committer {self.rewriter.scrubber.ident(event.committer)}",
        ]
        if event.encoding:
            lines.append(f"encoding {event.encoding}")
        return "\n".join(lines).encode() + b"\n"


def write_bundle(folder: Path, bundle: Path) -> None:
    """Pack a repository small and write all its refs to a bundle."""
    git = ["git", "-C", str(folder), "-c", "pack.threads=1"]
    subprocess.run([*git, "repack", "-adfq", "--depth=50", "--window=100"], check=True)
    subprocess.run([*git, "bundle", "create", "-q", str(bundle.resolve()), "--all"], check=True)


def write_accounts(server: Server, path: Path) -> None:
    """Write who the invented people are."""
    accounts = {
        server.ids[account]: {"name": server.names[account], "email": server.emails[account]} for account in server.ids
    }
    ordered = dict(sorted(accounts.items(), key=lambda item: int(item[0])))
    path.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
