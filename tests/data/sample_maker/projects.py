"""The first pass: what is read of each project, and what has to be known of all before any is rewritten."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.data.sample_maker.git import (
    Event,
    Repository,
    SampleError,
    meta_refs,
    read_history,
    read_tree,
    unpack_bundle,
)
from tests.data.sample_maker.identities import Server
from tests.data.sample_maker.patterns import ACCOUNT_REF
from tests.data.sample_maker.words import ORDINARY_WORDS

ORDINARY_FROM_SUBJECTS = 4  # a word found in lower case in this many subjects is an ordinary word too


@dataclass
class Project:
    """One project of the sample, on its way from bundle to bundle."""

    name: str
    server: Server
    repository: Repository
    histories: dict[str, list[Event]]
    private: int


def load_project(name: str, server: Server, source: Path, scratch: Path) -> Project:
    """Read all changes of a project but those that ever were private."""
    repository = unpack_bundle(source / f"{name}.bundle", scratch / f"{server.community.source}-{name}-old.git")
    histories, private = {}, 0
    for ref, tip in meta_refs(repository).items():
        events = read_history(repository, tip)
        if any(re.search(r"^Private: *true", event.message, re.M | re.I) for event in events):
            private += 1
        else:
            histories[ref] = events
    return Project(name, server, repository, histories, private)


def note_accounts(project: Project) -> None:
    """Note which accounts and which server id occur in a project."""
    server = project.server
    seen_trees: set[str] = set()
    found: set[str] = set()
    for events in project.histories.values():
        for event in events:
            text = f"{event.author}\n{event.message}"
            found.update(match[2] for match in ACCOUNT_REF.finditer(text))
            found.update(re.findall(r"\* .* by .*\((\d+)\)$", text, re.M))
            if match := re.match(r"Gerrit User (\d+) <\1@([^>]+)>", event.author):
                if server.server_id not in ("", match[2]):
                    raise SampleError("two server ids on one server")
                server.server_id = match[2]
            if event.tree not in seen_trees:
                seen_trees.add(event.tree)
                for _, blob in read_tree(project.repository, event.tree):
                    content = project.repository.read(blob).decode()
                    found.update(re.findall(r'"(?:author|realAuthor)": \{\s*"id": (\d+)', content))
                    found.update(match[2] for match in ACCOUNT_REF.finditer(content))
    server.ids.update(dict.fromkeys(found, ""))


def ordinary_words(projects: list[Project]) -> set[str]:
    """Return the words that are common enough in subjects to be no trace of a person."""
    subjects = {
        match[1]
        for project in projects
        for events in project.histories.values()
        for event in events
        for match in re.finditer(r"^Subject: (.*)$", event.message, re.M)
    }
    counts = Counter(word for subject in subjects for word in set(re.findall(r"\b[a-z]{4,}\b", subject)))
    return {word for word, count in counts.items() if count >= ORDINARY_FROM_SUBJECTS} | ORDINARY_WORDS
