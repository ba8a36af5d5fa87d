#!/usr/bin/env python3
"""Make the sample community that ships with plustwo: real review activity, invented names.

The input is a folder of recorded Gerrit communities: per community an ``accounts.json`` and one git bundle per project.
Of each project only the NoteDb refs (``refs/changes/NN/NNNN/meta``) are taken, and rewritten commit by commit, so that
the sample keeps what makes real records hard (odd orders, copied votes, CI chatter, removed reviewers) while nothing
in it says who took part:

* account ids, server ids, commit and change ids are replaced, each consistently;
* names and addresses are invented; the words people wrote are replaced by stock review remarks;
* what the server or a CI system wrote is kept, with names, addresses and hosts replaced;
* a change that is, or ever was, private is left out.

The keys of all replacements are drawn from the recorded ``accounts.json`` files, which are not published, so that this
script alone does not lead back. The same input gives the same output. At the end everything written is read back and
searched for what must not be there.

Usage: make_sample.py --from DIR --out DIR [--avoid FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

# As everywhere in tests/, a file's module name starts at the top of the repository.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.data.sample_maker.identities import Registry, load_avoided, load_servers, number_accounts
from tests.data.sample_maker.projects import Project, load_project, note_accounts, ordinary_words
from tests.data.sample_maker.texts import Rewriter
from tests.data.sample_maker.verify import Checker, check_sample
from tests.data.sample_maker.writing import Importer, write_accounts, write_bundle

README = """# A sample community

Real review activity with invented names: {projects} projects of two public Gerrit servers, one git bundle each, the
second server in `rdo/`. A bundle holds a project's whole history without the changes that ever were private, and of
that only `refs/changes/NN/NNNN/meta`. Events, dates, votes, change numbers and project names are real, and so are
subjects, topics, file names and what CI systems reported, with people and hosts taken out. Account ids, server ids,
commit and change ids, names and addresses are invented (`accounts.json` says who is who), and what people wrote in
reviews is replaced by stock remarks: nothing in here was said or done by anybody of the name that stands beside it.
Made by `tests/data/make_sample.py --from DIR --out tests/data/sample --avoid FILE`, where DIR holds the recorded
communities and FILE further names that no invented person may have.

| bundle | changes | commits | accounts of the server |
|---|---|---|---|
{rows}
"""


def make_sample(source: Path, out: Path, avoid: Path | None, scratch: Path) -> int:
    """Make the whole sample and check it; return an exit status."""
    servers, keyed, real_names = load_servers(source)
    projects = [
        load_project(name, server, source / server.community.source, scratch)
        for server in servers
        for name in server.community.projects
    ]
    for project in projects:
        note_accounts(project)
    for server in servers:
        number_accounts(server, keyed)
    registry = Registry(servers, keyed, real_names | load_avoided(avoid))
    for project in projects:
        for events in project.histories.values():
            registry.learn_former_names(project.server, events)
    ordinary = ordinary_words(projects)
    rewriters = {server.community.source: Rewriter(server, registry, ordinary) for server in servers}
    rows = write_projects(projects, rewriters, out, scratch)
    for server in servers:
        write_accounts(server, out / server.community.folder / "accounts.json")
    (out / "README.md").write_text(README.format(projects=len(projects), rows="\n".join(rows)), encoding="utf-8")
    return check_sample(Checker(projects, list(rewriters.values()), registry), out, scratch)


def write_projects(projects: list[Project], rewriters: dict[str, Rewriter], out: Path, scratch: Path) -> list[str]:
    """Rewrite all projects into bundles; return the rows of the table in the README."""
    for stale in out.rglob("*.bundle"):
        stale.unlink()
    rows = []
    for project in projects:
        folder = out / project.server.community.folder
        folder.mkdir(parents=True, exist_ok=True)
        importer = Importer(project, rewriters[project.server.community.source])
        repository = scratch / f"{project.server.community.source}-{project.name}-new.git"
        importer.run(repository)
        write_bundle(repository, folder / f"{project.name}.bundle")
        path = (folder / f"{project.name}.bundle").relative_to(out)
        rows.append(f"| `{path}` | {len(project.histories)} | {importer.commits} | {len(project.server.ids)} |")
        print(f"{path}: {project.private} private changes left out")
    return rows


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make the sample community: real activity, invented names.")
    parser.add_argument("--from", dest="source", type=Path, required=True, help="folder of recorded Gerrit communities")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; bundles in it are replaced")
    parser.add_argument("--avoid", type=Path, help="JSON file of further real people, whose names are not used")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        return make_sample(arguments.source, arguments.out, arguments.avoid, Path(scratch))


if __name__ == "__main__":
    sys.exit(main())
