"""Collect a Gerrit project from git, out of `refs/changes/*/meta`: in a repository, a bundle, or at a URL."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from collectors.messages.conversation import Reading, Remark
from collectors.notedb.comments import parse_comments
from collectors.notedb.commit import RawCommit
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
from collectors.problems import Malformed
from collectors.rows import Aside, ChangeRows
from collectors.source import TRY_AGAIN, Item, Look, Mark, Told, Watched

NAME = "git"


class Fetched(NamedTuple):
    """What git had: commits (oldest first) and comments by change number, and what could not be read."""

    items: Sequence[Item]
    commits: dict[int, list[RawCommit]]
    comments: dict[int, list[Remark]]
    unread: list[tuple[int, Aside]]
    accounts: Collection[Told] = ()

    @property
    def size(self) -> Mapping[int, int]:
        """Events by project."""
        return {self.items[0].project_id: sum(map(len, self.commits.values()))} if self.items else {}

    def rows(
        self, reading: Callable[[int], Reading], remarks: Callable[[int], list[Remark]]
    ) -> tuple[list[ChangeRows], list[tuple[int, Aside]]]:
        """See `collectors.source.Fetched`."""
        changes: list[ChangeRows] = []
        asides: list[tuple[int, Aside]] = []
        for item in self.items:
            if item.number not in self.commits:
                continue
            commits, comments = self.commits[item.number], self.comments.get(item.number, ())
            try:
                change, unclear = read_change(
                    reading(item.project_id), item.number, item.name, item.tip, commits, comments
                )
            except Malformed as problem:
                asides.append((item.project_id, Aside(item.name, item.tip, str(problem), item.tip)))
            else:
                changes.append(change)
                asides += [(item.project_id, one) for one in unclear]
        return changes, asides


class GitProject:
    """One project's review record, through a bare repository at `cache` where it is at a URL."""

    name = NAME
    batch = 200
    tells_less = False
    expected = None

    def __init__(self, watched: Watched, location: str, cache: Path) -> None:
        self.projects = (watched,)
        self.location, self.cache = location, cache
        self.repository: str | None = None

    def looks(self, marks: Mapping[int, str], reader: str) -> Iterator[Look]:
        """One: all there is."""
        project = self.projects[0].project_id
        tips = list_tips(self.location)
        yield Look(
            [Item(project, number, ref, tip) for number, (ref, tip) in sorted(tips.items())],
            whole=(project,),
            again=(project,) if marks.get(project, reader) != reader else (),
            marks=(Mark(project, reader, 0),),
        )

    def still_there(self, numbers: Collection[int]) -> Mapping[int, str]:
        """None: all that is there was listed at once."""
        return {}

    def fetch(self, items: Sequence[Item]) -> Fetched:
        """Raises GitError where git can read none of them: then it is the repository, not a change."""
        if self.repository is None:
            self.repository = bring_here(self.location, self.cache)
        return self._fetch(self.repository, items)

    def _fetch(self, repository: str, items: Sequence[Item]) -> Fetched:
        try:
            commits = {commit.sha: commit for commit in read_commits(repository, (item.tip for item in items))}
        except GitError:
            if len(items) == 1:
                raise
            return self._one_by_one(repository, items)
        chains = {item.number: chain for item in items if (chain := _chain(commits, item.tip))}
        asides = [
            (i.project_id, Aside(i.name, i.tip, "it points to no commit", i.tip))
            for i in items
            if i.number not in chains
        ]
        comments, unread = _comments(repository, [item for item in items if item.number in chains])
        return Fetched(items, chains, comments, [*asides, *unread])

    def _one_by_one(self, repository: str, items: Sequence[Item]) -> Fetched:
        """One unreadable object fails a whole batch: find out whose it is. It is tried again in the next run."""
        whole = Fetched(items, {}, {}, [])
        problems: list[GitError] = []
        for item in items:
            try:
                one = self._fetch(repository, [item])
            except GitError as problem:
                problems.append(problem)
                aside = Aside(item.name, item.tip, f"git cannot read it: {problem}", TRY_AGAIN)
                whole.unread.append((item.project_id, aside))
            else:
                whole.commits.update(one.commits)
                whole.comments.update(one.comments)
                whole.unread.extend(one.unread)
        if len(problems) == len(items):
            raise problems[0]
        return whole


def _chain(commits: Mapping[str, RawCommit], tip: str) -> list[RawCommit]:
    """The commits of one change, oldest first."""
    chain = []
    sha = tip
    while sha and (commit := commits.get(sha)):
        chain.append(commit)
        sha = commit.parents.partition(" ")[0]
    chain.reverse()
    return chain


def _comments(repository: str, items: Sequence[Item]) -> tuple[dict[int, list[Remark]], list[tuple[int, Aside]]]:
    trees = read_objects(repository, (f"{item.tip}^{{tree}}" for item in items))
    wanted: dict[int, list[str]] = {}
    for item in items:
        if tree := trees.get(f"{item.tip}^{{tree}}"):
            wanted[item.number] = _blobs(repository, tree)
    contents = read_objects(repository, (blob for blobs in wanted.values() for blob in blobs))
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
                asides.append((item.project_id, Aside(item.name, blob, str(problem), item.tip)))
            else:
                found.update({(comment.patch_set, comment.uuid): comment for comment in parsed[blob]})
        if found:
            comments[item.number] = list(found.values())
    return comments, asides


def _blobs(repository: str, tree: bytes) -> list[str]:
    """Objects of all files of a tree; large ones spread over folders."""
    files = []
    for sha, is_folder in tree_entries(tree):
        if not is_folder:
            files.append(sha)
        elif sha != EMPTY_TREE:
            files += _blobs(repository, read_objects(repository, [sha]).get(sha, b""))
    return files
