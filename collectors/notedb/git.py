"""Run git: list a repository's meta refs, bring them here, and print commits and blobs in bulk."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from collectors.notedb.commit import RawCommit
from collectors.problems import SourceError

META_REF = re.compile(r"refs/changes/\d\d/(\d+)/meta")
_OF_A_REPOSITORY = {
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE",
}  # fmt: skip
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class GitError(SourceError):
    """git failed; the text is what it said, on one line."""


def git(*arguments: str, stdin: bytes | None = None) -> bytes:
    """What git prints. It keeps its own PATH, HOME and credentials, but no repository that the caller happens to be in.

    Raises GitError with git's own words, also where there is no git.
    """
    inherited = {key: value for key, value in os.environ.items() if key not in _OF_A_REPOSITORY}  # noqa: TID251
    environment = {**inherited, "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(["git", *arguments], input=stdin, capture_output=True, env=environment, check=False)
    except FileNotFoundError:
        raise GitError("git is not installed, or not on the PATH") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise GitError(said or f"git {arguments[0]} ended with status {done.returncode}")
    return done.stdout


def list_tips(source: str) -> dict[int, tuple[str, str]]:
    """Change number -> (meta ref, commit) of a bundle file, a local repository or a URL. Reads no objects.

    Raises GitError with git's own words where the source cannot be read.
    """
    if Path(source).is_file():
        lines = _bundle_header(Path(source))
    elif is_repository(source):
        lines = (
            git("-C", source, "for-each-ref", "--format=%(objectname) %(refname)", "refs/changes/")
            .decode()
            .splitlines()
        )
    else:
        lines = git("ls-remote", "--quiet", source, "refs/changes/*/meta").decode().replace("\t", " ").splitlines()
    tips = {}
    for line in lines:
        sha, _, ref = line.partition(" ")
        if ref.endswith("/meta") and (match := META_REF.fullmatch(ref)):
            tips[int(match[1])] = (ref, sha)
    return tips


def is_repository(source: str) -> bool:
    """Whether the source is a local repository (bare or not), which is read in place."""
    return Path(source, "objects").is_dir() or Path(source, ".git").exists()


def _bundle_header(path: Path) -> list[str]:
    """The refs a git bundle offers: the lines between its signature and the first empty line."""
    lines: list[str] = []
    with path.open("rb") as bundle:
        if not bundle.readline().startswith((b"# v2 git bundle", b"# v3 git bundle")):
            raise GitError(f"{path} is no git bundle and no repository")
        for line in bundle:
            if line == b"\n":
                return lines
            if line[:1] not in b"@-":
                lines.append(line.decode("utf-8", "replace").rstrip("\n"))
    raise GitError(f"{path} is cut short: its list of refs does not end")


def bring_here(source: str, cache: Path) -> str:
    """A local repository that holds the source's meta refs: the source itself, or `cache` brought up to date."""
    if is_repository(source):
        return source
    cache.mkdir(parents=True, exist_ok=True)
    git("init", "--quiet", "--bare", str(cache))
    for lock in cache.rglob("*.lock"):  # left by a git that was killed; only one process collects at a time
        lock.unlink()
    git("-C", str(cache), "-c", "gc.autoDetach=false", "fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head",
        source, "+refs/changes/*/meta:refs/changes/*/meta")  # fmt: skip
    return str(cache)


def read_commits(repository: str, tips: Iterable[str]) -> Iterator[RawCommit]:
    """Every commit reachable from `tips`, in no useful order. One git process; nothing is kept."""
    wanted = "\n".join(tips).encode() + b"\n"
    out = git("-C", repository, "-c", "i18n.logOutputEncoding=UTF-8", "-c", "log.showSignature=false", "log", "--stdin",
              "-z", "--format=%H%x00%P%x00%ae%x00%at%x00%B", stdin=wanted)  # fmt: skip
    fields = out.decode("utf-8", "replace").split("\0")
    return map(RawCommit._make, zip(fields[0::5], fields[1::5], fields[2::5], fields[3::5], fields[4::5], strict=False))


def read_objects(repository: str, names: Iterable[str]) -> dict[str, bytes]:
    """Content of objects by the name they are asked for; what is missing is not in the answer."""
    names = list(dict.fromkeys(names))
    if not names:
        return {}
    out = git("-C", repository, "cat-file", "--batch", "--buffer", stdin="\n".join(names).encode() + b"\n")
    found, position = {}, 0
    for name in names:
        end = out.index(b"\n", position)
        header = out[position:end].rsplit(b" ", 2)
        position = end + 1
        if header[-1] != b"missing" and len(header) == 3:
            size = int(header[2])
            found[name] = out[position : position + size]
            position += size + 1
    return found


def tree_entries(tree: bytes) -> Iterator[tuple[str, bool]]:
    """The object of each entry of a tree, and whether it is a folder."""
    position = 0
    while position < len(tree):
        space, null = tree.index(b" ", position), tree.index(b"\0", position)
        yield tree[null + 1 : null + 21].hex(), tree[position:space] == b"40000"
        position = null + 21
