"""Collect a Gerrit project from git: which changes moved, and their rows.

`fetch` (git) and `rows` (pure, in `collectors.notedb`) are all a source has; `collectors.loop` does the rest.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from collectors.messages.conversation import Reading, Remark
from collectors.notedb.comments import parse_comments
from collectors.notedb.commit import Malformed, RawCommit
from collectors.notedb.git import (
    EMPTY_TREE,
    GitError,
    bring_here,
    list_tips,
    read_commits,
    read_objects,
    tree_entries,
)
from collectors.notedb.history import read_change
from collectors.rows import Aside, ChangeRows

NAME = "git"
TRY_AGAIN = ""
"""Tip of what was set aside for a reason that may pass: no item has it, so the item is read again in the next run."""


class Item(NamedTuple):
    """A change that moved: its number, its meta ref and the commit that ref points to."""

    number: int
    ref: str
    tip: str


class Fetched(NamedTuple):
    """What came from the source: commits (oldest first) and comments by change number, and what could not be read."""

    items: Sequence[Item]
    commits: dict[int, list[RawCommit]]
    comments: dict[int, list[Remark]]
    unread: list[Aside]


class GitProject:
    """A project's review record: in a repository, a bundle, or at a URL (through a bare repository at `cache`)."""

    def __init__(self, location: str, cache: Path) -> None:
        self.location, self.cache = location, cache
        self.repository = location

    def tips(self) -> dict[int, tuple[str, str]]:
        """Change number -> (meta ref, commit), without reading any object."""
        return list_tips(self.location)

    def prepare(self) -> None:
        """Bring the objects here; to be called once before `fetch`, when anything moved."""
        self.repository = bring_here(self.location, self.cache)

    def fetch(self, items: Sequence[Item]) -> Fetched:
        """Commits (oldest first) and comments of each item, by change number, and what could not be read.

        Raises GitError where git can read none of them: then it is the repository, not a change.
        """
        try:
            commits = {commit.sha: commit for commit in read_commits(self.repository, (item.tip for item in items))}
        except GitError:
            if len(items) == 1:
                raise
            return self._one_by_one(items)
        chains = {item.number: chain for item in items if (chain := _chain(commits, item.tip))}
        asides = [Aside(i.ref, i.tip, "it points to no commit", i.tip) for i in items if i.number not in chains]
        comments, unread = self._comments([item for item in items if item.number in chains])
        return Fetched(items, chains, comments, [*asides, *unread])

    def _one_by_one(self, items: Sequence[Item]) -> Fetched:
        """One unreadable object fails a whole batch: find out whose it is. It is tried again in the next run."""
        whole = Fetched(items, {}, {}, [])
        problems: list[GitError] = []
        for item in items:
            try:
                one = self.fetch([item])
            except GitError as problem:
                problems.append(problem)
                whole.unread.append(Aside(item.ref, item.tip, f"git cannot read it: {problem}", TRY_AGAIN))
            else:
                whole.commits.update(one.commits)
                whole.comments.update(one.comments)
                whole.unread.extend(one.unread)
        if len(problems) == len(items):
            raise problems[0]
        return whole

    def _comments(self, items: Sequence[Item]) -> tuple[dict[int, list[Remark]], list[Aside]]:
        trees = read_objects(self.repository, (f"{item.tip}^{{tree}}" for item in items))
        wanted: dict[int, list[str]] = {}
        for item in items:
            if tree := trees.get(f"{item.tip}^{{tree}}"):
                wanted[item.number] = self._blobs(tree)
        contents = read_objects(self.repository, (blob for blobs in wanted.values() for blob in blobs))
        parsed: dict[str, list[Remark]] = {}
        comments: dict[int, list[Remark]] = {}
        asides = []
        for item in items:
            found: dict[tuple[int, str], Remark] = {}
            for blob in wanted.get(item.number, ()):
                try:
                    if blob not in contents:
                        raise Malformed("its comments are missing from the repository")
                    if blob not in parsed:
                        parsed[blob] = parse_comments(contents[blob])
                except Malformed as problem:
                    asides.append(Aside(item.ref, blob, str(problem), item.tip))
                else:
                    found.update({(comment.patch_set, comment.uuid): comment for comment in parsed[blob]})
            if found:
                comments[item.number] = list(found.values())
        return comments, asides

    def _blobs(self, tree: bytes) -> list[str]:
        """Objects of all files of a tree; large ones spread over folders."""
        files = []
        for sha, is_folder in tree_entries(tree):
            if not is_folder:
                files.append(sha)
            elif sha != EMPTY_TREE:
                files += self._blobs(read_objects(self.repository, [sha]).get(sha, b""))
        return files


def rows(reading: Reading, fetched: Fetched) -> tuple[list[ChangeRows], list[Aside]]:
    """Rows of the items that can be understood, and the rest with reasons."""
    commits, comments = fetched.commits, fetched.comments
    changes, asides = [], []
    for item in fetched.items:
        if item.number not in commits:
            continue
        try:
            change, unclear = read_change(
                reading, item.number, item.ref, item.tip, commits[item.number], comments.get(item.number, ())
            )
        except Malformed as problem:
            asides.append(Aside(item.ref, item.tip, str(problem), item.tip))
        else:
            changes.append(change)
            asides += unclear
    return changes, asides


def _chain(commits: Mapping[str, RawCommit], tip: str) -> list[RawCommit]:
    """The commits of one change, oldest first."""
    chain = []
    sha = tip
    while sha and (commit := commits.get(sha)):
        chain.append(commit)
        sha = commit.parents.partition(" ")[0]
    chain.reverse()
    return chain
