"""A real Gerrit that serves a recorded community: its projects whole, its accounts with their names and addresses."""

import json
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path
from typing import NamedTuple

from tests.gerrit.server import GerritServer
from tests.gerrit.town import Town
from tests.gerrit.workshop import data

SETUP = "Set-up <setup@lantern.example> 1400000000 +0000"
ADMIN_NUMBER = 1000000  # the account that every new site has


class Recorded(NamedTuple):
    """What the recording does not say itself: the id of the server that wrote it, and what its projects lie under."""

    server_id: str
    prefix: str


RECORDED = {
    "openbmc": Recorded("adbd0a64-1f21-4d83-b585-671fe73cb6e4", "openbmc"),
    "rdo": Recorded("270e2033-b340-4cff-9539-693957ebf0e7", "openstack"),
}
LABELS = {
    "Verified": {"-2": "Fails", "-1": "Doesn't seem to work", "0": "No score", "+1": "Works for me", "+2": "Verified"},
    "Workflow": {"-1": "Work in progress", "0": "Ready for reviews", "+1": "Approved"},
    "Ok-To-Test": {"0": "No score", "+1": "OK to test"},
}


def recorded_community(folder: Path, recorded: Path, name: str) -> Town:
    """The community of `recorded`/NAME, made and indexed under `folder`, to be started.

    Its people have names and addresses but no passwords: a test reads as `nobody` or as `admin`, or makes a person.
    """
    known = RECORDED[name]
    town = Town(folder, heap="3g", server_id=known.server_id)
    town.init()
    _write_labels(town)
    numbers = [0]
    for bundle in sorted((recorded / name).glob("*.bundle")):
        numbers += _add_project(town, f"{known.prefix}/{bundle.stem}", bundle)
    _write_sequence(town, "All-Projects", "changes", max(numbers) + 1)
    _write_accounts(town, json.loads((recorded / name / "accounts.json").read_text()))
    town.tool("Reindex")
    return town


def _add_project(server: GerritServer, name: str, bundle: Path) -> list[int]:
    """Serve what the bundle holds as project `name`; the numbers of its changes."""
    repository = server.repositories / f"{name}.git"
    server.git(None, "clone", "--quiet", "--mirror", str(bundle), str(repository))
    server.git(repository, "remote", "remove", "origin")
    refs = server.git(repository, "for-each-ref", "--format=%(refname)", "refs/changes/*/*/meta")
    return [int(ref.split("/")[3]) for ref in refs.splitlines()]


def _write_labels(server: GerritServer) -> None:
    repository = server.repositories / "All-Projects.git"
    config = server.git(repository, "show", "refs/meta/config:project.config") + "\n"
    for label, values in LABELS.items():
        config += f'[label "{label}"]\n\tfunction = NoBlock\n\tdefaultValue = 0\n'
        config += "".join(f"\tvalue = {value} {meaning}\n" for value, meaning in values.items())
    _write(server, "All-Projects", {"refs/meta/config": {"project.config": config}})


def _write_accounts(server: GerritServer, accounts: dict[str, dict[str, str]]) -> None:
    """Each account, and the address it is found by; where two have the same, the first one is found."""
    commits: dict[str, dict[str, str]] = {}
    found_by: dict[str, str] = {}
    for number, account in accounts.items():
        said = {"fullName": account.get("name"), "preferredEmail": account.get("email")}
        config = "".join(f"\t{key} = {_quoted(value)}\n" for key, value in said.items() if value)
        commits[f"refs/users/{int(number) % 100:02}/{number}"] = {"account.config": f"[account]\n{config}"}
        if email := account.get("email"):
            found_by.setdefault(email, number)
    commits["refs/meta/external-ids"] = {
        sha1(
            f"mailto:{email}".encode(), usedforsecurity=False
        ).hexdigest(): f"[externalId {_quoted(f'mailto:{email}')}]\n"
        f"\taccountId = {number}\n\temail = {_quoted(email)}\n"
        for email, number in found_by.items()
    }
    _write(server, "All-Users", commits)
    _write_sequence(server, "All-Users", "accounts", max(ADMIN_NUMBER, *map(int, accounts)) + 1)


def _write(server: GerritServer, project: str, commits: Mapping[str, Mapping[str, str]]) -> None:
    """Add or replace files on refs of a project, in one commit a ref."""
    repository = server.repositories / f"{project}.git"
    there = set(server.git(repository, "for-each-ref", "--format=%(refname)").splitlines())
    stream = "".join(
        f"commit {ref}\ncommitter {SETUP}\n{data('Set up')}\n"
        + (f"from {ref}^0\n" if ref in there else "")
        + "".join(f"M 100644 inline {path}\n{data(text)}\n" for path, text in files.items())
        for ref, files in commits.items()
    )
    server.git(repository, "fast-import", "--quiet", "--date-format=raw", stdin=stream.encode())


def _write_sequence(server: GerritServer, project: str, name: str, number: int) -> None:
    """The next new one of `name` has this number."""
    repository = server.repositories / f"{project}.git"
    blob = server.git(repository, "hash-object", "-w", "--stdin", stdin=str(number).encode())
    server.git(repository, "update-ref", f"refs/sequences/{name}", blob)


def _quoted(value: str) -> str:
    """A value for a file in git's configuration format."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
