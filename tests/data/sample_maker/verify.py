"""The final check: everything written is read back and searched for what must not be there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.data.sample_maker.git import Repository, read_tree
from tests.data.sample_maker.identities import SERVER_NAME, Registry, fold, letters
from tests.data.sample_maker.patterns import ACCOUNT_REF, EMAIL
from tests.data.sample_maker.projects import Project
from tests.data.sample_maker.texts import Rewriter


class Checker:
    """Searches what was written for anything that must not be there."""

    def __init__(self, projects: list[Project], rewriters: list[Rewriter], registry: Registry) -> None:
        servers = registry.servers
        self.emails = {server.real_email(account) for server in servers for account in server.real} - {""}
        names = {fold(server.real_name(account)) for server in servers for account in server.real}
        self.full_names = {name for name in names if " " in name} | registry.full_names.keys()
        self.full_names -= {fold(SERVER_NAME)}
        self.server_ids = {server.server_id for server in servers}
        self.ids = {account for server in servers for account in server.real.keys() | server.ids.keys()}
        self.allowed_domains = (*(server.new_server_id for server in servers), "example.org")
        self.prose = {line for rewriter in rewriters for line in rewriter.prose.replaced}
        self.words = {word for rewriter in rewriters for word in rewriter.scrubber.words}
        self.commits = {event.name for project in projects for events in project.histories.values() for event in events}
        for project in projects:
            listing = project.repository.git("rev-list", "--all")
            self.commits.update(listing.split())
        self.texts = 0
        self.problems: list[str] = []

    def text(self, where: str, text: str) -> None:
        """Search one text."""
        self.texts += 1
        plain = text
        for char in "<>&='":
            plain = plain.replace(f"\\u{ord(char):04x}", char)
        lowered = plain.lower()
        addresses = {address.lower() for address in EMAIL.findall(plain)}
        self._report(where, "real address", {address for address in self.emails if address in lowered})
        self._report(where, "address", {one for one in addresses if not one.endswith(self.allowed_domains)})
        self._report(where, "server id", {one for one in self.server_ids if one in plain})
        self._report(where, "account id", self._account_ids(plain) & self.ids)
        self._report(where, "full name", self._names(plain))
        self._report(where, "word of a name", self.words.intersection(letters(plain)))
        self._report(where, "commit", self.commits.intersection(re.findall(r"[0-9a-f]{40}", plain)))
        spoken = plain.replace("\\n", "\n").replace('\\"', '"')
        lines = {line.strip().removeprefix('"message": "').rstrip('",') for line in spoken.splitlines()}
        self._report(where, "somebody's words", lines & self.prose)

    def _account_ids(self, text: str) -> set[str]:
        found: set[str] = {match[2] for match in ACCOUNT_REF.finditer(text)}
        return found | set(re.findall(r"<(\d+)@", text)) | set(re.findall(r'"id": (\d+)', text))

    def _names(self, text: str) -> set[str]:
        found: set[str] = set()
        for line in text.splitlines():
            words = fold(line).split()
            for length in range(2, 7):
                found.update(" ".join(words[at : at + length]) for at in range(len(words) - length + 1))
        return found & self.full_names

    def _report(self, where: str, what: str, found: set[str]) -> None:
        self.problems += [f"{where}: {what}: {one}" for one in sorted(found)]

    def bundle(self, bundle: Path, folder: Path) -> None:
        """Search every object and every ref of a bundle."""
        subprocess.run(["git", "clone", "-q", "--mirror", str(bundle.resolve()), str(folder)], check=True)
        repository = Repository(folder)
        refs = repository.git("for-each-ref", "--format=%(refname)").splitlines()
        strange = {ref for ref in refs if not re.fullmatch(r"refs/changes/\d\d/\d+/meta", ref)}
        self._report(bundle.name, "ref", strange)
        objects = repository.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
        for line in objects.splitlines():
            name, kind = line.split()
            where = f"{bundle.name} {name[:10]}"
            if kind == "tree":
                self.text(where, "\n".join(f"{path} {blob}" for path, blob in read_tree(repository, name)))
            else:
                self.text(where, repository.read(name).decode())
        repository.close()


def check_sample(checker: Checker, out: Path, scratch: Path) -> int:
    """Read everything back, print a summary, and return 1 if anything real is left."""
    size = 0
    for path in sorted(out.rglob("*")):
        if not path.is_file():
            continue
        size += path.stat().st_size
        if path.suffix == ".bundle":
            checker.bundle(path, scratch / f"check-{path.parent.name}-{path.name}.git")
        else:
            checker.text(path.name, path.read_text(encoding="utf-8"))
    for problem in checker.problems[:50]:
        print(problem, file=sys.stderr)
    print(f"{size:,} bytes; {checker.texts:,} texts read back against {len(checker.emails):,} addresses,")
    print(f"{len(checker.full_names):,} names, {len(checker.ids):,} account ids, {len(checker.prose):,} lines of prose")
    print(f"and {len(checker.commits):,} object names: {len(checker.problems)} problems")
    return 1 if checker.problems else 0
