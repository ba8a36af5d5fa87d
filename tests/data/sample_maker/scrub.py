"""What is replaced in texts that otherwise stay: ids, people, addresses and hosts."""

from __future__ import annotations

import re

from tests.data.sample_maker.git import SampleError
from tests.data.sample_maker.identities import SERVER_NAME, Registry, Server, fold
from tests.data.sample_maker.patterns import ACCOUNT_REF, BARE_HOST, EMAIL, HEX_RUN, URL_HOST
from tests.data.sample_maker.words import NEUTRAL_WORDS, words

KNOWN_HOST_LABELS = frozenset(words("cbs ci gerrit github jenkins logs review tarballs trunk zuul"))


class Scrubber:
    """Takes the people, ids, addresses and hosts of one server out of texts that otherwise stay."""

    def __init__(self, server: Server, registry: Registry, ordinary: set[str]) -> None:
        self.server = server
        self.registry = registry
        self.keyed = registry.keyed
        self.words = registry.name_words - ordinary

    # -- ids

    def account(self, account: str) -> str:
        """Return the new id of an account."""
        try:
            return self.server.ids[account]
        except KeyError:
            raise SampleError(f"account {account} was not seen in the first pass") from None

    def hex_runs(self, text: str) -> str:
        """Replace commit, change and build ids: long runs of hexadecimal digits, of which some are letters."""

        def replace(match: re.Match[str]) -> str:
            digits = match[2]
            if len(digits) < 32 and (digits.isdigit() or digits.isalpha()):
                return match[0]
            return match[1] + self.keyed.hex(digits)

        return HEX_RUN.sub(replace, text)

    def structural(self, text: str) -> str:
        """Replace the ids in something that the server wrote for itself."""
        text = text.replace(self.server.server_id, "\0")
        text = self.hex_runs(text)
        text = ACCOUNT_REF.sub(lambda match: match[1] + self.account(match[2]), text)
        text = re.sub(r"(\d+)@\0", lambda match: self.account(match[1]) + "@\0", text)
        return text.replace("\0", self.server.new_server_id)

    def ident(self, ident: str) -> str:
        """Replace the identity of an author or committer line; the time stays."""
        if ident.startswith(f"{SERVER_NAME} <"):
            return re.sub(r"<[^>]*>", f"<gerrit@{self.server.community.host}>", ident, count=1)
        if not re.fullmatch(rf"Gerrit User (\d+) <\1@{re.escape(self.server.server_id)}> \d+ [+-]\d{{4}}", ident):
            raise SampleError("an author who is neither an account nor the server")
        return self.structural(ident)

    # -- names

    def person(self, text: str) -> str:
        """Replace a person as the server spells people: ``Name``, ``Name <address>``, ``Name (id)`` or a reference."""
        if re.fullmatch(r"<GERRIT_ACCOUNT_\d+>", text):
            return self.structural(text)
        if match := re.fullmatch(r"(?:.+ )?\((\d+)\)", text):
            return f"{self.server.names[match[1]]} ({self.account(match[1])})"
        if match := re.fullmatch(r"(.*?) ?<([^<>@ ]+@[^<>@ ]+)>", text):
            name = self.person(match[1]) if match[1] else ""
            return f"{name} <{self.registry.email_for(match[2].lower(), name)}>".lstrip()
        if text == SERVER_NAME:
            return text
        return self.registry.name_of.get(text.strip()) or self._unknown_person(text)

    def _unknown_person(self, text: str) -> str:
        """Return a name for somebody whose spelling is not that of a known account."""
        known = self.registry.full_names.get(fold(text))
        names = sorted(set(self.server.names.values()))
        return known or self.keyed.choose(names, "unknown person", text)

    # -- free text

    def scrub(self, text: str) -> str:
        """Take people, addresses, hosts and ids out of a text that otherwise stays."""
        text = EMAIL.sub(lambda match: self._email(match[0]), self.structural(text))
        text = URL_HOST.sub(lambda match: match[1] + example_host(match[2]) + (match[3] or ""), text)
        text = BARE_HOST.sub(lambda match: example_host(match[0]), text)
        return self._scrub_words(self._scrub_full_names(text))

    def _email(self, address: str) -> str:
        if address.endswith((self.server.new_server_id, "example.org")):
            return address
        return self.registry.email_for(address.lower(), self.keyed.choose(NEUTRAL_WORDS, "address", address))

    def _scrub_full_names(self, text: str) -> str:
        words = list(re.finditer(r"\w+", text))
        result, done, index = [], 0, 0
        while index < len(words):
            for length in range(min(6, len(words) - index), 1, -1):
                last = words[index + length - 1]
                found = self.registry.full_names.get(fold(text[words[index].start() : last.end()]))
                if found:
                    result += [text[done : words[index].start()], found]
                    done, index = last.end(), index + length - 1
                    break
            index += 1
        return "".join([*result, text[done:]])

    def _scrub_words(self, text: str) -> str:
        def replace(match: re.Match[str]) -> str:
            word = match[0]
            if word.lower() not in self.words:
                return word
            neutral = self.keyed.choose(NEUTRAL_WORDS, "word", word.lower())
            return neutral.capitalize() if word[0].isupper() else neutral

        return re.sub(r"[^\W\d_]{4,}", replace, text)


def example_host(host: str) -> str:
    """Return the example.org host that stands for a real one."""
    if host.endswith("example.org"):
        return host
    label = host.partition(".")[0]
    return f"{label if label in KNOWN_HOST_LABELS else 'ci'}.example.org"
