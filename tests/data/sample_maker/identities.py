"""Who is who: the real accounts of each server, and the invented people and ids that stand for them."""

from __future__ import annotations

import hashlib
import json
import random
import re
import unicodedata
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.data.sample_maker.git import Event, SampleError
from tests.data.sample_maker.patterns import OWN_NAME
from tests.data.sample_maker.words import NEUTRAL_WORDS, PLAIN_FAMILY, PLAIN_GIVEN, POOLS, STYLE_CYCLE


@dataclass(frozen=True)
class Community:
    """One Gerrit server of the sample: where it is read from, where it goes, and which projects of it."""

    source: str
    folder: str
    host: str
    projects: tuple[str, ...]


COMMUNITIES = (
    Community(
        "openbmc", ".", "review.example.org", ("phosphor-led-manager", "phosphor-state-manager", "x86-power-control")
    ),
    Community("rdo", "rdo", "review-two.example.org", ("glance-distgit",)),
)
FIRST_ACCOUNT_ID = 1_100_001
SERVER_NAME = "Gerrit Code Review"

# Display names of CI accounts, found by these words, and what they are called in the sample. The order matters.
CI_NAMES = (
    (re.compile(r"\bjenkins\b", re.I), "Jenkins"),
    (re.compile(r"\bzuul\b", re.I), "Gate CI"),
    (re.compile(r"(?:\b|[-_])trunk\b", re.I), "sample-trunk"),
    (re.compile(r"\bCI\b"), "Sample CI"),
    (re.compile(r"(?:\b|[-_])bot\b", re.I), "sample-bot"),
)


@dataclass
class Server:
    """One server's real accounts and what becomes of them."""

    community: Community
    real: dict[str, dict[str, Any]]
    server_id: str = ""
    new_server_id: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    is_ci: set[str] = field(default_factory=set)

    def real_name(self, account: str) -> str:
        """Return an account's real display name, or nothing if it is not known."""
        return str(self.real.get(account, {}).get("name") or "")

    def real_email(self, account: str) -> str:
        """Return an account's real address in lower case, or nothing if it is not known."""
        return str(self.real.get(account, {}).get("email") or "").lower()


def letters(text: str) -> list[str]:
    """Return the words of a text that consist of four or more letters, in lower case."""
    return [word.lower() for word in re.findall(r"[^\W\d_]{4,}", text)]


def fold(text: str) -> str:
    """Return a name in the form in which names are compared: lower case, single blanks, no punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


class Keyed:
    """Choices that look random, but are the same each time: all derived from one secret key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._hex: dict[str, str] = {}

    def number(self, *parts: str) -> int:
        """Return a large number that depends on the parts only."""
        return int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), key=self._key[:64]).digest()[:8], "big")

    def choose(self, options: list[str], *parts: str) -> str:
        """Return one of the options."""
        return options[self.number(*parts) % len(options)]

    def hex(self, text: str) -> str:
        """Replace a hexadecimal id; two ids that begin alike still do, so that abbreviated ids stay abbreviations."""
        found = self._hex.get(text)
        if found is None:
            state = hashlib.blake2b(key=self._key[:64], digest_size=1)
            digits = []
            for digit in text:
                state.update(digit.encode())
                digits.append(f"{state.digest()[0] & 15:x}")
            found = self._hex[text] = "".join(digits)
        return found

    def shuffled(self, items: list[str], purpose: str) -> list[str]:
        """Return the items in an order that does not tell their own."""
        return sorted(items, key=lambda item: self.number(purpose, item))


class Registry:
    """All real people of all servers, and the invented ones that stand for them."""

    def __init__(self, servers: list[Server], keyed: Keyed, avoid: set[str]) -> None:
        self.servers = servers
        self.keyed = keyed
        self.avoid = avoid
        self.name_of: dict[str, str] = {}
        self.email_of: dict[str, str] = {}
        self.full_names: dict[str, str] = {}
        self.name_words: set[str] = set()
        self._taken: Counter[str] = Counter()
        self._collect_name_words()
        self._invent_names()
        self._assign()

    def _collect_name_words(self) -> None:
        for server in self.servers:
            for account in server.real:
                local = server.real_email(account).partition("@")[0]
                self.name_words.update(letters(server.real_name(account)), letters(local))

    def _name_key(self, server: Server, account: str) -> str:
        """Return what makes two accounts namesakes: the same real name; an unknown name is nobody's namesake."""
        return server.real_name(account) or f"{server.community.source}:{account}"

    def _invent_names(self) -> None:
        keys = {self._name_key(server, account) for server in self.servers for account in server.ids}
        styles = 0
        for key in self.keyed.shuffled(sorted(keys), "names"):
            label = next((label for pattern, label in CI_NAMES if pattern.search(key)), None)
            if label is None:
                label = self._invent(STYLE_CYCLE[styles % len(STYLE_CYCLE)], key)
                styles += 1
            self.name_of[key] = label
            if " " in key:
                self.full_names[fold(key)] = label

    def _invent(self, style: str, key: str) -> str:
        """Return an unused name of a style, or a plain one when the style has none left."""
        for name in self.keyed.shuffled(POOLS.get(style, []), style):
            if self._is_free(name):
                return self._take(name)
        for attempt in range(10_000):
            given = self.keyed.choose(PLAIN_GIVEN, "given", key, str(attempt))
            family = self.keyed.choose(PLAIN_FAMILY, "family", key, str(attempt))
            if self._is_free(f"{given} {family}"):
                return self._take(f"{given} {family}")
        raise SampleError("out of names")

    def _is_free(self, name: str) -> bool:
        """Tell whether an invented name is unused, nobody's full name and shares no longer word with a real one."""
        unused = not self._taken[name] and fold(name) not in self.avoid
        return unused and not self.name_words.intersection(letters(name))

    def _take(self, name: str) -> str:
        self._taken[name] += 1
        return name

    def _assign(self) -> None:
        for server in self.servers:
            for account in server.ids:
                key = self._name_key(server, account)
                server.names[account] = self.name_of[key]
                if any(pattern.search(server.real_name(account)) for pattern, _ in CI_NAMES):
                    server.is_ci.add(account)
                address = server.real_email(account) or f"{server.community.source}:{account}"
                server.emails[account] = self.email_for(address, server.names[account])

    def learn_former_names(self, server: Server, events: list[Event]) -> None:
        """Give names by which the server once called somebody the same replacement as today's."""
        for event in events:
            author = re.match(r"Gerrit User (\d+) ", event.author)
            for match in OWN_NAME.finditer(event.message) if author else ():
                former = (match[1] or match[2]).strip()
                name = self.name_of.setdefault(former, server.names[author[1]] if author else "")
                if " " in former:
                    self.full_names.setdefault(fold(former), name)

    def email_for(self, real: str, name: str) -> str:
        """Return the invented address that stands for a real one: one address stays one address."""
        if real not in self.email_of:
            plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
            words = re.findall(r"[a-z]{2,}", plain) if len(name) < 40 else []
            handle = ".".join(words) or self.keyed.choose(NEUTRAL_WORDS, "handle", real)
            if self.keyed.number("form", real) % 3 == 0 and len(words) > 1:
                handle = words[0][0] + words[-1]
            if f"{handle}@example.org" in self.email_of.values():
                handle += str(10 + self.keyed.number("suffix", real) % 990)
            self.email_of[real] = f"{handle}@example.org"
        return self.email_of[real]


def number_accounts(server: Server, keyed: Keyed) -> None:
    """Give a server and its accounts new ids, none of which is a real one."""
    source = server.community.source
    server.new_server_id = str(uuid.UUID(int=keyed.number(source) << 64 | keyed.number(source, "2"), version=4))
    order = sorted(server.ids, key=int)
    random.Random(keyed.number("account ids", source)).shuffle(order)
    server.ids = {account: str(FIRST_ACCOUNT_ID + index) for index, account in enumerate(order)}
    if set(server.ids.values()) & (server.ids.keys() | server.real.keys()):
        raise SampleError("new account ids overlap the real ones")


def load_avoided(path: Path | None) -> set[str]:
    """Return the full names that no invented person may have, from a file with ``users`` and their ``user_name``."""
    if path is None:
        return set()
    users = json.loads(path.read_text(encoding="utf-8"))["users"]
    return {fold(str(user.get("user_name") or "")) for user in users}


def load_servers(source: Path) -> tuple[list[Server], Keyed, set[str]]:
    """Read the real accounts; return them, the key that is drawn from them, and the names not to be used."""
    digest = hashlib.sha512()
    servers: list[Server] = []
    names: set[str] = set()
    for community in COMMUNITIES:
        content = (source / community.source / "accounts.json").read_bytes()
        digest.update(content)
        server = Server(community, json.loads(content))
        names.update(fold(server.real_name(account)) for account in server.real)
        servers.append(server)
    return servers, Keyed(digest.digest()), names
