"""Reading git: a bundle's meta refs, the events of a change and the files of a tree."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class SampleError(Exception):
    """The record holds something that this script does not know how to make anonymous, or a check failed."""


class Repository:
    """A bare repository and one running ``git cat-file --batch`` on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = subprocess.Popen(
            ["git", "-C", str(path), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def git(self, *arguments: str) -> str:
        """Run git in this repository and return what it printed."""
        done = subprocess.run(["git", "-C", str(self.path), *arguments], check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def read(self, name: str) -> bytes:
        """Return the raw content of an object."""
        stdin, stdout = _pipes(self._reader)
        stdin.write(name.encode() + b"\n")
        stdin.flush()
        header = stdout.readline().split()
        if len(header) != 3:
            raise SampleError(f"object {name} is missing")
        content = stdout.read(int(header[2]))
        stdout.read(1)
        return content

    def close(self) -> None:
        """End the reader."""
        _pipes(self._reader)[0].close()
        self._reader.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Return the two pipes of a process started with both."""
    if process.stdin is None or process.stdout is None:
        raise SampleError("git was started without pipes")
    return process.stdin, process.stdout


@dataclass(frozen=True)
class Event:
    """One commit of a change's meta ref, taken apart."""

    name: str
    tree: str
    author: str
    committer: str
    encoding: str
    message: str


def unpack_bundle(bundle: Path, folder: Path) -> Repository:
    """Make a bare repository of a bundle's meta refs only, so that nothing else can slip into the sample."""
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    fetch = ["git", "-C", str(folder), "fetch", "-q", str(bundle.resolve()), "refs/changes/*:refs/changes/*"]
    subprocess.run(fetch, check=True)
    return Repository(folder)


def meta_refs(repository: Repository) -> dict[str, str]:
    """Return ref -> tip of all meta refs, in order."""
    listing = repository.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/changes/*/*/meta")
    return dict(sorted((line.split()[0], line.split()[1]) for line in listing.splitlines()))


def read_history(repository: Repository, tip: str) -> list[Event]:
    """Return the events of one change, oldest first."""
    events = []
    name = tip
    while name:
        header, _, message = repository.read(name).decode().partition("\n\n")
        fields: dict[str, list[str]] = {}
        for line in header.splitlines():
            key, _, value = line.partition(" ")
            fields.setdefault(key, []).append(value)
        parents = fields.get("parent", [])
        if len(parents) > 1 or not fields.keys() <= {"tree", "parent", "author", "committer", "encoding"}:
            raise SampleError(f"{name}: not an event commit")
        encoding = fields.get("encoding", [""])[0]
        events.append(Event(name, fields["tree"][0], fields["author"][0], fields["committer"][0], encoding, message))
        name = parents[0] if parents else ""
    events.reverse()
    return events


def read_tree(repository: Repository, tree: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, blob) of all files of a tree."""
    content = repository.read(tree)
    position = 0
    while position < len(content):
        end = content.index(b"\0", position)
        mode, _, entry = content[position:end].partition(b" ")
        name = content[end + 1 : end + 21].hex()
        position = end + 21
        path = prefix + entry.decode()
        if mode == b"40000":
            yield from read_tree(repository, name, path + "/")
        elif mode == b"100644":
            yield path, name
        else:
            raise SampleError(f"{path}: mode {mode.decode()} in a meta tree")
