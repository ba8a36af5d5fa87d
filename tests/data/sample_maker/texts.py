"""What is kept and what is replaced in the texts of an event: its messages, footers and inline comments."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.data.sample_maker.git import Event, SampleError
from tests.data.sample_maker.identities import Registry, Server
from tests.data.sample_maker.patterns import (
    ASSIGNEE_CHANGED,
    ATTENTION_REASON,
    CI_LINES,
    DESCRIPTION_SET,
    EVENT_SUBJECT,
    FIRST_LINES,
    LIST_ITEM,
    NAME_LINES,
    SERVER_LINES,
    TOPIC_LINES,
)
from tests.data.sample_maker.prose import Prose
from tests.data.sample_maker.scrub import Scrubber
from tests.data.sample_maker.words import words

STOCK_DESCRIPTIONS = frozenset({"Rebase", "Edit commit message", "Cherry Pick", ""})
STRUCTURAL_FOOTERS = frozenset(
    words(
        "Assignee CC Change-id Cherry-pick-of Commit Copied-Label Current Groups Label Patch-set Private "
        "Real-user Removed Revert-of Reviewer Status Submitted-with Tag Work-in-progress"
    )
)
TEXT_FOOTERS = frozenset(words("Branch Hashtags Subject Submission-id Topic"))


class Rewriter:
    """Makes the texts of one server anonymous."""

    def __init__(self, server: Server, registry: Registry, ordinary: set[str]) -> None:
        self.scrubber = Scrubber(server, registry, ordinary)
        self.prose = Prose(registry.keyed)

    # -- change messages

    def server_line(self, line: str, first: bool, in_list: bool) -> str | None:
        """Return a line that the server wrote with its people replaced, or None if it is not one."""
        if first and FIRST_LINES.fullmatch(line):
            return self.scrubber.scrub(line)
        if match := ASSIGNEE_CHANGED.fullmatch(line):
            return f"Assignee changed from: {self.scrubber.person(match[1])} to: {self.scrubber.person(match[2])}"
        if first and (match := DESCRIPTION_SET.fullmatch(line)):
            return f'{match[1]}{self.prose.remark(match[2])}"'
        for pattern in NAME_LINES:
            match = pattern.fullmatch(line)
            if match and (first or in_list):
                return self.scrubber.structural(match["before"]) + self.scrubber.person(match["name"]) + match["after"]
        if first and (match := TOPIC_LINES.fullmatch(line)):
            return match[1] + self.scrubber.scrub(match[2])
        if not first and (SERVER_LINES.fullmatch(line) or CI_LINES.fullmatch(line)):
            return self.scrubber.scrub(line)
        return self.scrubber.scrub(line) if in_list and LIST_ITEM.fullmatch(line) else None

    def change_message(self, body: str, from_ci: bool) -> str:
        """Rewrite the message that an event shows on the change: the server's lines stay, people's are replaced."""
        result: list[str] = []
        run: list[str] = []
        in_list = False
        for index, line in enumerate(body.split("\n")):
            kept = self.server_line(line, index == 0, in_list)
            if kept is None and index == 0 and (match := re.match(r"Patch Set \d+: ", line)):
                rest = line[match.end() :]
                kept = match[0] + (self.scrubber.scrub(rest) if from_ci else self.prose.remark(rest))
            if kept is None and from_ci:
                kept = self.scrubber.scrub(line)
            if line.strip():
                in_list = bool(kept) and (line.rstrip().endswith(":") or (in_list and line.startswith("* ")))
            else:
                in_list = in_list and not result[-1].startswith("* ")
            if kept is None and line.strip():
                run.append(line)
                continue
            result += self.prose.lines(run)
            run = []
            result.append(line if kept is None else kept)
        return "\n".join(result + self.prose.lines(run))

    def footer(self, line: str) -> str:
        """Rewrite one footer."""
        key, colon, value = line.partition(":")
        if not colon:
            raise SampleError(f"not a footer: {line[:20]!r}")
        if key == "Attention":
            return f"{key}: {self.attention(value.strip())}"
        if key in STRUCTURAL_FOOTERS:
            return self.scrubber.structural(line)
        if key in TEXT_FOOTERS:
            return f"{key}:{self.scrubber.scrub(value)}"
        if key == "Patch-set-description":
            bare = value.strip()
            return line if bare in STOCK_DESCRIPTIONS else f"{key}: {self.prose.remark(bare)}"
        raise SampleError(f"unknown footer {key!r}")

    def attention(self, value: str) -> str:
        """Rewrite an attention set update, in which old servers name people in the reason."""
        update: dict[str, str] = json.loads(value)
        match = ATTENTION_REASON.fullmatch(update["reason"])
        if match:
            update["reason"] = match["before"] + self.scrubber.person(match["name"]) + match["after"]
        else:
            update["reason"] = self.scrubber.scrub(update["reason"])
        update["person_ident"] = self.scrubber.structural(update["person_ident"])
        return gson(update, indent=None)

    def message(self, event: Event) -> str:
        """Rewrite a commit message: subject line, change message, footers."""
        text = event.message
        body_at = text.find("\n\n") + 2
        footers_at = text.rstrip("\n").rfind("\n\n") + 2
        if body_at < 2:
            raise SampleError(f"{event.name}: no footers")
        if not EVENT_SUBJECT.fullmatch(text[: body_at - 2]):
            raise SampleError(f"{event.name}: unknown kind of event")
        body = text[body_at : footers_at - 2] if footers_at > body_at else ""
        footers = text[footers_at:].rstrip("\n")
        ending = text[footers_at + len(footers) :]
        new_body = self.change_message(body, self.from_ci(event)) + text[footers_at - 2 : footers_at] if body else ""
        new_footers = "\n".join(self.footer(line) for line in footers.split("\n"))
        return text[:body_at] + new_body + new_footers + ending

    def from_ci(self, event: Event) -> bool:
        """Tell whether an event's message was written by a CI system."""
        tag = re.search(r"^Tag: (autogenerated:.*)$", event.message, re.M)
        author = re.match(r"Gerrit User (\d+) ", event.author)
        by_ci = author is not None and author[1] in self.scrubber.server.is_ci
        return by_ci or (tag is not None and not tag[1].startswith("autogenerated:gerrit:"))

    # -- inline comments

    def note(self, content: bytes) -> bytes:
        """Rewrite the comments that were published on one patch set."""
        note: dict[str, Any] = json.loads(content)
        if gson(note).encode() != content:
            raise SampleError("a note that is not written as Gerrit writes it")
        for comment in note.get("comments", []):
            self._comment(comment)
        rest = {key: self._strings(value) for key, value in note.items() if key != "comments"}
        return gson({key: rest.get(key, value) for key, value in note.items()}).encode()

    def _comment(self, comment: dict[str, Any]) -> None:
        author = str(comment["author"]["id"])
        for role in ("author", "realAuthor"):
            if role in comment:
                comment[role]["id"] = int(self.scrubber.account(str(comment[role]["id"])))
        by_ci = author in self.scrubber.server.is_ci or str(comment.get("tag", "")).startswith("autogenerated:")
        text = comment["message"]
        comment["message"] = self.scrubber.scrub(text) if by_ci else self.prose.text(text)
        comment["key"]["filename"] = self.scrubber.scrub(comment["key"]["filename"])
        comment["revId"] = self.scrubber.keyed.hex(comment["revId"])
        comment["serverId"] = self.scrubber.server.new_server_id
        for suggestion in comment.get("fixSuggestions") or []:
            suggestion["description"] = self.prose.remark(suggestion.get("description", ""))
            for replacement in suggestion.get("replacements", []):
                replacement["path"] = self.scrubber.scrub(replacement["path"])
                replacement["replacement"] = self.prose.remark(replacement["replacement"])

    def _strings(self, value: Any) -> Any:
        """Scrub all texts of a structure."""
        if isinstance(value, dict):
            return {key: self._strings(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._strings(item) for item in value]
        return self.scrubber.scrub(value) if isinstance(value, str) else value

    def note_path(self, path: str) -> str:
        """Replace the commit that a note's path spells, fanned out or not."""
        old = path.replace("/", "")
        if not re.fullmatch(r"[0-9a-f]{40}", old):
            raise SampleError("a file in a meta tree that is not named after a commit")
        digits = iter(self.scrubber.keyed.hex(old))
        return "".join(char if char == "/" else next(digits) for char in path)


def gson(value: Any, indent: int | None = 2) -> str:
    """Write JSON byte for byte as the server does."""
    separators = None if indent else (",", ":")
    text = json.dumps(value, indent=indent, ensure_ascii=False, separators=separators)
    for char in "<>&='\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
