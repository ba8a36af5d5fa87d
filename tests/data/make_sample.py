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
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

# --------------------------------------------------------------------------------------------------------------------
# What goes into the sample


def words(text: str) -> list[str]:
    """Return the words of a list, written as one text to keep it readable."""
    return text.split()


def phrases(text: str) -> list[str]:
    """Return the phrases of a list, which are separated by bars."""
    return text.split("|")


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

# Words that are somebody's name or address but mean something else in a subject or a server's message.
ORDINARY_WORDS = frozenset(
    words(
        "admin centos change code commit core edit gerrit info initial jenkins list master merge message name "
        "open openbmc "
        "openstack patch power project review sample server service short state system test tran tripleo trunk user "
        "victoria will work zuul"
    )
)
ORDINARY_FROM_SUBJECTS = 4  # a word found in lower case in this many subjects is an ordinary word too

NEUTRAL_WORDS = words(
    "amber basalt birch cedar cobalt copper coral delta ember fjord garnet granite harbour heron indigo juniper kelp "
    "lagoon lantern larch maple meadow nectar ochre opal orchard pebble plover quartz raven saffron sequoia sienna "
    "tamarind thistle topaz tundra umber velvet walnut willow yarrow zephyr"
)

# --------------------------------------------------------------------------------------------------------------------
# Invented people

PLAIN_GIVEN = words(
    "Alden Brielle Corwin Dahlia Everett Fenella Garrick Hollis Imogen Jarvis Kestrel Lorcan Maribel Nerys Orson "
    "Petra Quentin Rosalind Sylvan Tamsin Ulric Verity Wystan Xanthe Yorick Zelda"
)
PLAIN_FAMILY = words(
    "Ashgrove Birchall Calloway Dunmore Elderfield Fairweather Goldcrest Hathersage Inglewood Jessamy Kingsmere "
    "Larkspur Merriweather Nettlefold Oakhanger Pemberley Quillfeather Ravensworth Silverdale Thistlewood Underhay "
    "Vantongeren Winterbourne Yewdale"
)
ACCENT_NAMES = phrases(
    "Zoë Ångström-Vane|Bjørn Løvåsen|Řehoř Čermákovec|Françoise Delamêche|Iñaki Zubirreñe|Søren Kjærgårdsen|"
    "Małgorzata Wiśnieżyńska|Jürgen Weißhäupl|Þórdís Eyvindsdóttir|João Brandaço|Ilır Çelebışık|Anaïs Crèvecœur|"
    "Ødegård Brynhildsen|Šárka Křivoňová|Núria Puigdellívol|Tõnu Jõgevälja"
)
INITIAL_NAMES = phrases(
    "J. R. Okaforo|T. S. Wetherlam|M. K. Oduyale|A. B. Castellane|R. J. P. Hartnolle|D. Yoonsuk|S. V. Krishnabhan|"
    "E. L. Brandtner"
)
MONONYMS = phrases("Sukardjono|Wiraputra|Tuanku|Hartonosa|Bagaskoro|Myaing|Dzogchenpa|Kartawidja")
CHINESE_NAMES = phrases(
    "岳清禾|欧阳若溪|闻人子墨|苗语桐|柏一帆|澹台明远|荀知微|詹雨泽|鄢书瑶|仇星野|"
    "Ouyang Ruoxin|Qiu Xingyeh|Zhan Yuzelin|Xun Zhiweih|"
    "Miao Yutongh|Bo Yifanlu|Wenren Zimoh|Shangguan Xueqing|Dongfang Shuoyan|Tantai Mingyuh"
)
JAPANESE_NAMES = phrases(
    "五百旗頭 湊|小鳥遊 凪|四月一日 透子|Tsukumo Haruhiro|Takanashi Nagisako|月見里 朔|Warikoma Touka"
)
RTL_NAMES = phrases(
    "نورس الياقوتي|سديم البرّاق|ريحان الفيروزي|ليلاس القنديلي|נועם אלמוגי|שקד רביבון|תכלת ברקאיל|אופיר לבנוני"
)
CYRILLIC_NAMES = phrases("Светозар Яблоневский|Забава Перелётова|Остромир Звонарёв|Любомила Ольшанец|Ждан Камнеградов")
INDIAN_NAMES = phrases(
    "Anvikaa Thirumalesh|Devnarayan Kuttipala|Ishaanvi Ghoshtar|Meenakshi Vallabhapur|Raghavendu Patwarkar|"
    "Sharvani Nandakola|Tejomaya Iyengarula|Vedantik Bhagwatnal|Yamunashree Kolhapure|Omkareshwar Lingaiah|"
    "தமிழ்ச்செல்வி பூங்கோதையன்|आरोहिका वसुंधरे"
)
APOSTROPHE_NAMES = ("Saoirse O'Fallowmere", "D'Artois N'Guessabo")
HANDLES = phrases(
    "mosswright|quietlantern|bytefinch|nullharrier|tinkerwren|dusk_otter|pixelheron|ferrousfox|gitwhistle"
)
# Of 80 characters, the longest that many a form allows.
LONG_NAME = "Maximiliana-Theodosia Featherstonehaugh-Wolfeschlegelstein von und zu Aschenbach"

# Which style the next person gets; the cycle is walked over all people, in a shuffled order.
STYLE_CYCLE = words(
    "plain long plain accent plain chinese indian apostrophe plain initials cyrillic rtl plain mononym chinese plain "
    "japanese accent handle indian plain chinese"
)
POOLS: dict[str, list[str]] = {
    "accent": ACCENT_NAMES,
    "initials": INITIAL_NAMES,
    "mononym": MONONYMS,
    "chinese": CHINESE_NAMES,
    "japanese": JAPANESE_NAMES,
    "rtl": RTL_NAMES,
    "cyrillic": CYRILLIC_NAMES,
    "indian": INDIAN_NAMES,
    "apostrophe": list(APOSTROPHE_NAMES),
    "handle": HANDLES,
    "long": [LONG_NAME],
}

# --------------------------------------------------------------------------------------------------------------------
# Invented review talk: by length class of the paragraph that it replaces

SHORT_REMARKS = phrases(
    "Why is this needed?|Please add a unit test.|Could this be const?|Same comment as above.|This is unused now.|"
    "Should this be an error instead?|Can we drop this include?|Good point, changed.|Typo here.|Please split "
    "this line.|"
    "I'd keep the old name.|Is this thread safe?|Missing blank line.|What happens if it is empty?|Let's do that later.|"
    "Looks good to me.|Not needed any more.|Could you rebase this?|Will fix in the next patch set.|Not sure "
    "about this one.|"
    "Can we use a reference here?|Sorry, missed that.|This belongs in its own commit.|Does this build on its own?"
)
MEDIUM_REMARKS = phrases(
    "I think it would read better if this was moved into its own function.|"
    "We already have a helper that does nearly the same; could it be used here?|"
    "The commit message should say why this is changed, not only what is changed.|"
    "This returns before the lock is released, is that on purpose?|"
    "Please log the error and carry on, so that one bad entry does not stop all the others.|"
    "I tried it on my setup and it works, but the timeout looks rather short to me.|"
    "Agreed, but that is not part of this change. I'll send it as a follow-up.|"
    "Could you describe in the commit message how this was tested?|"
    "Please keep the list sorted, it makes later changes much easier to merge.|"
    "The default is different from what the documentation says; which of them is right?|"
    "This copies the whole container for each call. A view would do the same here.|"
    "There is a race between the check and the use, if the service restarts in between.|"
    "I would rather have an explicit option than one more build flag for this.|"
    "The new file needs a licence header, and the old one can go then.|"
    "Is there anything that still depends on the old behaviour? I could not find a user of it.|"
    "Let's wait for the other change to be merged first, then this needs only a rebase.|"
    "This looks right to me, though I'd like one more pair of eyes before it goes in.|"
    "Please do not reformat lines that this change does not touch otherwise.|"
    "An exception thrown from here ends the program, because nobody catches it.|"
    "Can the two branches be joined? They differ only in the last argument."
)
LONG_REMARKS = phrases(
    "I had a longer look at this and I am not convinced that the new interface is needed. The caller already knows the "
    "state at this point, so it could simply pass it on, and then we would not have to keep two copies in step.|"
    "This works as long as everything starts in the expected order. When the daemon is restarted later, the object is "
    "already there and the signal has been sent, so nobody will ever tell us. Reading the property once at start would "
    "cover both cases.|"
    "Thanks for the detailed explanation. I understand the reason now, but I would still like to see it in a comment, "
    "because the next reader will ask the same question. Two lines above the condition would be enough for me.|"
    "We had something very similar some time ago and took it out again, because it made the start noticeably slower on "
    "small machines. Could you measure how long it takes with and without this change, and add the numbers to the "
    "commit message?|"
    "The test passes here, but it also passes without the change. I think the mock accepts any argument, so it "
    "does not "
    "check what you want to check. If you set an expectation for the argument it should fail first and pass after.|"
    "I see three things mixed in here: a clean-up, a bug fix and a new feature. Each of them looks fine, but as one "
    "change it is hard to review and harder to revert. Please split it into a series, with the fix first, so that it "
    "can be merged right away.|"
    "The failure does not look related to this change. The same job failed in the same way for others since yesterday, "
    "and it went away after a second run. I'll start it once more, and if it fails again we need to look at the logs.|"
    "If I read the specification right, the value is allowed to be missing. In this case the code takes the "
    "first entry "
    "of an empty list. I would check for it here and return early, with a message at debug level, not as an error.|"
    "From the point of view of a user this is a change of behaviour: what used to be ignored is now refused. I am fine "
    "with that, but it should be announced, and there should be a way to get the old behaviour for a release or two.|"
    "I don't have the hardware to try this, so I can only go by the code. It follows the pattern of the other files in "
    "this folder and the numbers match the schematics that I know of. Somebody who has a board should confirm it."
)
RECHECK_REASONS = phrases(
    "timeout in the image build|mirror was out of sync|network trouble on the node|unrelated failure|"
    "dependency has been merged|disk was full"
)
# Answers that say nothing about who gave them stay as they are.
STOCK_ANSWERS = frozenset(
    phrases(
        "done|ack|acked|acknowledged|+1|-1|+2|nit|nit:|yes|no|ok|okay|thanks|thank "
        "you|ditto|fixed|lgtm|agreed|agree|sure|"
        "same|same here|removed|updated|yep|yup|please fix|marked as resolved|done, thanks|will do|👍|"
        "this change is ready for review"
    )
)

# --------------------------------------------------------------------------------------------------------------------
# What the server writes

HEX_RUN = re.compile(r"(?<![0-9A-Za-z])(I?)([0-9a-f]{7,40})(?![0-9A-Za-z])")
ACCOUNT_REF = re.compile(r"(Gerrit User |GERRIT_ACCOUNT_)(\d+)")
# Not an address: an instance of a systemd unit, such as ``power-on@0.service``.
EMAIL = re.compile(
    r"[\w.+-]+@(?![\w.-]*\.(?:conf|mount|path|service|socket|target|timer)(?![\w.-]))[\w-]+(?:\.[\w-]+)+"
)
URL_HOST = re.compile(r"\b(https?://)([\w.-]+)(:\d+)?")
BARE_HOST = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|dev|io|net|org|xyz)(?![\w-])")
KNOWN_HOST_LABELS = frozenset(words("cbs ci gerrit github jenkins logs review tarballs trunk zuul"))

VOTE = r"(?:-[A-Z][\w-]*|[A-Z][\w-]*[+-]\d+)"
FIRST_LINES = re.compile(
    rf"""(?:
    Uploaded\ patch\ set\ \d+(?:\.|:\ (?:Patch\ Set\ \d+\ was\ rebased(?:\.\ Commit\ message\ was\ updated)?
        |Commit\ message\ was\ (?:updated|edited)
        |New\ patch\ set\ was\ added\ with\ same\ [a-z, ]+\ as\ Patch\ Set\ \d+)\.)
    | Patch\ Set\ \d+:(?:\ {VOTE})*
    | Patch\ Set\ \d+:\ (?:Patch\ Set\ \d+\ was\ rebased(?:\ on\ behalf\ of\ <GERRIT_ACCOUNT_\d+>)?\.?
        |Commit\ message\ was\ updated\.?|Published\ edit\ on\ patch\ set\ \d+\.?
        |Cherry\ Picked(?:\ from\ branch\ \S+)?\.?)
    | Change\ has\ been\ successfully\ (?:merged|pushed|rebased)\.?
    | Change\ has\ been\ successfully\ rebased\ and\ submitted\ as\ [0-9a-f]{{40}}
    | Abandoned | Restored | Reverted | Set\ (?:Work\ In\ Progress|Ready\ For\ Review|private) | Unset\ private
    | Created\ a\ revert\ of\ this\ change\ as\ I?[0-9a-f]+
    | Removed\ (?:reviewer|cc)\ <GERRIT_ACCOUNT_\d+>(?:\.|\ with\ the\ following\ votes:)
    | Removed\ the\ following\ votes:
    | Unspecified\ merge\ failure:\ \w+
    )\s*""",
    re.X,
)
TOPIC_LINES = re.compile(
    r"(Topic set to |Topic (?=.* removed$)|Topic changed from |Hashtags? added: |Hashtags? removed: "
    r"|Patch Set \d+: Cherry Picked from branch )(.*)"
)
NAME = r"(?P<name>.+?)"
NAME_LINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<before>Change has been successfully merged (?:into the git repository )?by ){NAME}(?P<after>\.?)",
        rf"(?P<before>Change has been successfully (?:cherry-picked|rebased.*) as \w+ by ){NAME}(?P<after>)",
        rf"(?P<before>Removed (?:reviewer|cc) ){NAME}(?P<after>\.| with the following votes:)",
        rf"(?P<before>Removed {VOTE} by ){NAME}(?P<after>)",
        rf"(?P<before>\* {VOTE} by ){NAME}(?P<after>)",
        rf"(?P<before>Assignee (?:added|removed|deleted): ){NAME}(?P<after>)",
    )
)
DESCRIPTION_SET = re.compile(r'(Description of patch set \d+ set to ")(.*)"')
ASSIGNEE_CHANGED = re.compile(r"Assignee changed from: (.+) to: (.+)")
SERVER_LINES = re.compile(
    r"""(?:
    \(\d+\ comments?\)
    | (?:Copied|Outdated)\ Votes: | Copied\ votes\ on\ follow-up\ patch\ sets\ have\ been\ updated:
    | The\ following\ (?:files\ contain\ Git\ conflicts|approvals\ got\ outdated\ and\ were\ removed):
    | \d+\ is\ the\ latest\ approved\ patch-set\.
    | No\ files\ were\ changed\ between\ the\ latest\ approved\ patch-set\ and\ the\ submitted\ one\.
    | This\ change\ is\ ready\ for\ review\.
    )\s*""",
    re.X,
)
CI_LINES = re.compile(
    r"(?:User (?:not )?approved, .*CI.*|Build (?:Successful|Failed|Aborted)|Build Started https?://\S+"
    r"|Build (?:succeeded|failed)(?: \(\w+ pipeline\))?\.|https?://\S+ : [A-Z]+(?: in .*)?|Starting [a-z-]+ jobs\.)\s*"
)
LIST_ITEM = re.compile(rf"\* (?:{VOTE}(?:, {VOTE})*(?: \(copy condition: .*\))?|\S+)")
CI_COMMAND = re.compile(
    r"(\s*(?:/?(?:recheck|reverify|regate|retest)|check[ -](?:experimental|rdo|tripleo)|ok to test|test this please)\b)"
    r"(.*)",
    re.I,
)
EVENT_SUBJECT = re.compile(r"(?:Create|Update) (?:change|patch set \d+)|Final NoteDb migration updates")
STOCK_DESCRIPTIONS = frozenset({"Rebase", "Edit commit message", "Cherry Pick", ""})
STRUCTURAL_FOOTERS = frozenset(
    words(
        "Assignee Attention CC Change-id Cherry-pick-of Commit Copied-Label Current Groups Label Patch-set Private "
        "Real-user Removed Revert-of Reviewer Status Submitted-with Tag Work-in-progress"
    )
)
TEXT_FOOTERS = frozenset(words("Branch Hashtags Subject Submission-id Topic"))
ATTENTION_REASON = re.compile(
    r"(?P<before>(?:(?:Added|Removed) by )?)(?!Someone else)(?P<name>.+?)"
    r"(?P<after> replied on the change| (?:by clicking the attention icon|using the hovercard menu))"
)


# Places in which the server names the author of the event itself, perhaps by a former name.
OWN_NAME = re.compile(
    r'"reason":"(?:(?:Added|Removed) by )?(?!Someone else|[\\<])([^"]+?) '
    r"(?:replied on the change|by clicking the attention icon|using the hovercard menu)"
    r"|^Change has been successfully merged (?:into the git repository )?by (.+)$",
    re.M,
)


class SampleError(Exception):
    """The record holds something that this script does not know how to make anonymous, or a check failed."""


# --------------------------------------------------------------------------------------------------------------------
# Reading git


class Repository:
    """A bare repository and one running ``git cat-file --batch`` on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = subprocess.Popen(
            ["git", "-C", str(path), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def git(self, *arguments: str) -> str:
        """Run git in this repository and return what it printed."""
        done = subprocess.run(["git", "-C", str(self.path), *arguments], check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def read(self, name: str) -> bytes:
        """Return the raw content of an object."""
        stdin, stdout = _pipes(self._reader)
        stdin.write(name.encode() + b"\n")
        stdin.flush()
        header = stdout.readline().split()
        if len(header) != 3:
            raise SampleError(f"object {name} is missing")
        content = stdout.read(int(header[2]))
        stdout.read(1)
        return content

    def close(self) -> None:
        """End the reader."""
        _pipes(self._reader)[0].close()
        self._reader.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Return the two pipes of a process started with both."""
    if process.stdin is None or process.stdout is None:
        raise SampleError("git was started without pipes")
    return process.stdin, process.stdout


@dataclass(frozen=True)
class Event:
    """One commit of a change's meta ref, taken apart."""

    name: str
    tree: str
    author: str
    committer: str
    encoding: str
    message: str


def unpack_bundle(bundle: Path, folder: Path) -> Repository:
    """Make a bare repository of a bundle's meta refs only, so that nothing else can slip into the sample."""
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    fetch = ["git", "-C", str(folder), "fetch", "-q", str(bundle.resolve()), "refs/changes/*:refs/changes/*"]
    subprocess.run(fetch, check=True)
    return Repository(folder)


def meta_refs(repository: Repository) -> dict[str, str]:
    """Return ref -> tip of all meta refs, in order."""
    listing = repository.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/changes/*/*/meta")
    return dict(sorted((line.split()[0], line.split()[1]) for line in listing.splitlines()))


def read_history(repository: Repository, tip: str) -> list[Event]:
    """Return the events of one change, oldest first."""
    events = []
    name = tip
    while name:
        header, _, message = repository.read(name).decode().partition("\n\n")
        fields: dict[str, list[str]] = {}
        for line in header.splitlines():
            key, _, value = line.partition(" ")
            fields.setdefault(key, []).append(value)
        parents = fields.get("parent", [])
        if len(parents) > 1 or not fields.keys() <= {"tree", "parent", "author", "committer", "encoding"}:
            raise SampleError(f"{name}: not an event commit")
        encoding = fields.get("encoding", [""])[0]
        events.append(Event(name, fields["tree"][0], fields["author"][0], fields["committer"][0], encoding, message))
        name = parents[0] if parents else ""
    events.reverse()
    return events


def read_tree(repository: Repository, tree: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, blob) of all files of a tree."""
    content = repository.read(tree)
    position = 0
    while position < len(content):
        end = content.index(b"\0", position)
        mode, _, entry = content[position:end].partition(b" ")
        name = content[end + 1 : end + 21].hex()
        position = end + 21
        path = prefix + entry.decode()
        if mode == b"40000":
            yield from read_tree(repository, name, path + "/")
        elif mode == b"100644":
            yield path, name
        else:
            raise SampleError(f"{path}: mode {mode.decode()} in a meta tree")


# --------------------------------------------------------------------------------------------------------------------
# Who is who


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


# --------------------------------------------------------------------------------------------------------------------
# Texts


class Rewriter:
    """Makes the texts of one server anonymous."""

    def __init__(self, server: Server, registry: Registry, ordinary: set[str]) -> None:
        self.server = server
        self.registry = registry
        self.keyed = registry.keyed
        self.scrub_words = registry.name_words - ordinary
        self.prose: set[str] = set()
        self.remarks = 0

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
            if word.lower() not in self.scrub_words:
                return word
            neutral = self.keyed.choose(NEUTRAL_WORDS, "word", word.lower())
            return neutral.capitalize() if word[0].isupper() else neutral

        return re.sub(r"[^\W\d_]{4,}", replace, text)

    def remark(self, text: str) -> str:
        """Return an invented remark about as long as a paragraph that somebody wrote."""
        bare = text.strip()
        if bare.rstrip(".!").lower() in STOCK_ANSWERS:
            return text
        spoken = (re.sub(r"^[> ]+", "", line).strip() for line in text.splitlines())
        self.prose.update(line for line in spoken if len(line) > 30 and not CI_LINES.fullmatch(line))
        self.remarks += 1
        pool = SHORT_REMARKS if len(bare) < 60 else MEDIUM_REMARKS if len(bare) < 200 else LONG_REMARKS
        return self.keyed.choose(pool, "remark", bare)

    def run_of_prose(self, lines: list[str]) -> list[str]:
        """Replace consecutive lines that somebody wrote; a command to CI among them keeps its word."""
        result: list[str] = []
        pending: list[str] = []

        def flush() -> None:
            if pending:
                quote = re.match(r"[> ]*>\s?|\s*", pending[0])
                prefix = quote[0] if quote else ""
                result.append(prefix + self.remark("\n".join(line[len(prefix) :] for line in pending)))
                pending.clear()

        for line in lines:
            command = CI_COMMAND.fullmatch(line)
            if command is None:
                if pending and line.lstrip().startswith(">") != pending[0].lstrip().startswith(">"):
                    flush()
                pending.append(line)
                continue
            flush()
            reason = self.keyed.choose(RECHECK_REASONS, "reason", command[2]) if letters(command[2]) else ""
            result.append(f"{command[1]} {reason}".rstrip())
        flush()
        return result

    def prose_text(self, text: str) -> str:
        """Replace everything in a text that somebody wrote; blank lines stay."""
        result: list[str] = []
        run: list[str] = []
        for line in [*text.split("\n"), ""]:
            if line.strip():
                run.append(line)
                continue
            result += self.run_of_prose(run)
            run = []
            result.append(line)
        return "\n".join(result[:-1])

    # -- change messages

    def server_line(self, line: str, first: bool, in_list: bool) -> str | None:
        """Return a line that the server wrote with its people replaced, or None if it is not one."""
        if first and FIRST_LINES.fullmatch(line):
            return self.scrub(line)
        if match := ASSIGNEE_CHANGED.fullmatch(line):
            return f"Assignee changed from: {self.person(match[1])} to: {self.person(match[2])}"
        if first and (match := DESCRIPTION_SET.fullmatch(line)):
            return f'{match[1]}{self.remark(match[2])}"'
        for pattern in NAME_LINES:
            match = pattern.fullmatch(line)
            if match and (first or in_list):
                return self.structural(match["before"]) + self.person(match["name"]) + match["after"]
        if first and (match := TOPIC_LINES.fullmatch(line)):
            return match[1] + self.scrub(match[2])
        if not first and (SERVER_LINES.fullmatch(line) or CI_LINES.fullmatch(line)):
            return self.scrub(line)
        return self.scrub(line) if in_list and LIST_ITEM.fullmatch(line) else None

    def change_message(self, body: str, from_ci: bool) -> str:
        """Rewrite the message that an event shows on the change: the server's lines stay, people's are replaced."""
        result: list[str] = []
        run: list[str] = []
        in_list = False
        for index, line in enumerate(body.split("\n")):
            kept = self.server_line(line, index == 0, in_list)
            if kept is None and index == 0 and (match := re.match(r"Patch Set \d+: ", line)):
                kept = match[0] + (self.scrub(line[match.end() :]) if from_ci else self.remark(line[match.end() :]))
            if kept is None and from_ci:
                kept = self.scrub(line)
            if line.strip():
                in_list = bool(kept) and (line.rstrip().endswith(":") or (in_list and line.startswith("* ")))
            else:
                in_list = in_list and not result[-1].startswith("* ")
            if kept is None and line.strip():
                run.append(line)
                continue
            result += self.run_of_prose(run)
            run = []
            result.append(line if kept is None else kept)
        return "\n".join(result + self.run_of_prose(run))

    def footer(self, line: str) -> str:
        """Rewrite one footer."""
        key, colon, value = line.partition(":")
        if not colon:
            raise SampleError(f"not a footer: {line[:20]!r}")
        if key == "Attention":
            return f"{key}: {self.attention(value.strip())}"
        if key in STRUCTURAL_FOOTERS:
            return self.structural(line)
        if key in TEXT_FOOTERS:
            return f"{key}:{self.scrub(value)}"
        if key == "Patch-set-description":
            bare = value.strip()
            return line if bare in STOCK_DESCRIPTIONS else f"{key}: {self.remark(bare)}"
        raise SampleError(f"unknown footer {key!r}")

    def attention(self, value: str) -> str:
        """Rewrite an attention set update, in which old servers name people in the reason."""
        update: dict[str, str] = json.loads(value)
        match = ATTENTION_REASON.fullmatch(update["reason"])
        if match:
            update["reason"] = match["before"] + self.person(match["name"]) + match["after"]
        else:
            update["reason"] = self.scrub(update["reason"])
        update["person_ident"] = self.structural(update["person_ident"])
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
        by_ci = author is not None and author[1] in self.server.is_ci
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
                comment[role]["id"] = int(self.account(str(comment[role]["id"])))
        by_ci = author in self.server.is_ci or str(comment.get("tag", "")).startswith("autogenerated:")
        text = comment["message"]
        comment["message"] = self.scrub(text) if by_ci else self.prose_text(text)
        comment["key"]["filename"] = self.scrub(comment["key"]["filename"])
        comment["revId"] = self.keyed.hex(comment["revId"])
        comment["serverId"] = self.server.new_server_id
        for suggestion in comment.get("fixSuggestions") or []:
            suggestion["description"] = self.remark(suggestion.get("description", ""))
            for replacement in suggestion.get("replacements", []):
                replacement["path"] = self.scrub(replacement["path"])
                replacement["replacement"] = self.remark(replacement["replacement"])

    def _strings(self, value: Any) -> Any:
        """Scrub all texts of a structure."""
        if isinstance(value, dict):
            return {key: self._strings(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._strings(item) for item in value]
        return self.scrub(value) if isinstance(value, str) else value

    def note_path(self, path: str) -> str:
        """Replace the commit that a note's path spells, fanned out or not."""
        old = path.replace("/", "")
        if not re.fullmatch(r"[0-9a-f]{40}", old):
            raise SampleError("a file in a meta tree that is not named after a commit")
        digits = iter(self.keyed.hex(old))
        return "".join(char if char == "/" else next(digits) for char in path)


def example_host(host: str) -> str:
    """Return the example.org host that stands for a real one."""
    if host.endswith("example.org"):
        return host
    label = host.partition(".")[0]
    return f"{label if label in KNOWN_HOST_LABELS else 'ci'}.example.org"


def gson(value: Any, indent: int | None = 2) -> str:
    """Write JSON byte for byte as the server does."""
    separators = None if indent else (",", ":")
    text = json.dumps(value, indent=indent, ensure_ascii=False, separators=separators)
    for char in "<>&='\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


# --------------------------------------------------------------------------------------------------------------------
# Writing


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


def number_accounts(server: Server, keyed: Keyed) -> None:
    """Give a server and its accounts new ids, none of which is a real one."""
    source = server.community.source
    server.new_server_id = str(uuid.UUID(int=keyed.number(source) << 64 | keyed.number(source, "2"), version=4))
    order = sorted(server.ids, key=int)
    random.Random(keyed.number("account ids", source)).shuffle(order)
    server.ids = {account: str(FIRST_ACCOUNT_ID + index) for index, account in enumerate(order)}
    if set(server.ids.values()) & (server.ids.keys() | server.real.keys()):
        raise SampleError("new account ids overlap the real ones")


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


def data(text: bytes) -> bytes:
    """Return fast-import's form of a piece of data."""
    return b"data %d\n%s\n" % (len(text), text)


class Importer:
    """Writes the new history of one project as a ``git fast-import`` stream."""

    def __init__(self, project: Project, rewriter: Rewriter) -> None:
        self.project = project
        self.rewriter = rewriter
        self.marks: dict[str, int] = {}
        self.commits = 0

    def run(self, folder: Path) -> None:
        """Make a repository of the rewritten meta refs."""
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
        importer = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
        if importer.stdin is None:
            raise SampleError("fast-import was started without a pipe")
        with importer.stdin as stream:
            for ref, events in self.project.histories.items():
                self._write_change(stream, ref, events)
        if importer.wait() != 0:
            raise SampleError(f"{self.project.name}: fast-import failed")
        self.project.repository.close()

    def _write_change(self, stream: IO[bytes], ref: str, events: list[Event]) -> None:
        stream.write(b"reset %s\n\n" % ref.encode())
        tree = ""
        for event in events:
            files = [] if event.tree == tree else list(read_tree(self.project.repository, event.tree))
            for _, blob in files:
                self._write_blob(stream, blob)
            stream.write(self._header(ref, event) + data(self.rewriter.message(event).encode()))
            if event.tree != tree:
                stream.write(b"deleteall\n")
                for path, blob in files:
                    stream.write(f"M 100644 :{self.marks[blob]} {self.rewriter.note_path(path)}\n".encode())
            stream.write(b"\n")
            tree = event.tree
            self.commits += 1

    def _write_blob(self, stream: IO[bytes], blob: str) -> None:
        if blob not in self.marks:
            self.marks[blob] = len(self.marks) + 1
            content = self.rewriter.note(self.project.repository.read(blob))
            stream.write(b"blob\nmark :%d\n" % self.marks[blob] + data(content))

    def _header(self, ref: str, event: Event) -> bytes:
        lines = [
            f"commit {ref}",
            f"author {self.rewriter.ident(event.author)}",
            f"committer {self.rewriter.ident(event.committer)}",
        ]
        if event.encoding:
            lines.append(f"encoding {event.encoding}")
        return "\n".join(lines).encode() + b"\n"


def write_bundle(folder: Path, bundle: Path) -> None:
    """Pack a repository small and write all its refs to a bundle."""
    git = ["git", "-C", str(folder), "-c", "pack.threads=1"]
    subprocess.run([*git, "repack", "-adfq", "--depth=50", "--window=100"], check=True)
    subprocess.run([*git, "bundle", "create", "-q", str(bundle.resolve()), "--all"], check=True)


def write_accounts(server: Server, path: Path) -> None:
    """Write who the invented people are."""
    accounts = {
        server.ids[account]: {"name": server.names[account], "email": server.emails[account]} for account in server.ids
    }
    ordered = dict(sorted(accounts.items(), key=lambda item: int(item[0])))
    path.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


# --------------------------------------------------------------------------------------------------------------------
# Checking


class Checker:
    """Searches what was written for anything that must not be there."""

    def __init__(self, projects: list[Project], rewriters: dict[str, Rewriter], registry: Registry) -> None:
        servers = registry.servers
        self.emails = {server.real_email(account) for server in servers for account in server.real} - {""}
        names = {fold(server.real_name(account)) for server in servers for account in server.real}
        self.full_names = {name for name in names if " " in name} | registry.full_names.keys()
        self.full_names -= {fold(SERVER_NAME)}
        self.server_ids = {server.server_id for server in servers}
        self.ids = {account for server in servers for account in server.real.keys() | server.ids.keys()}
        self.invented = {server.emails[account] for server in servers for account in server.ids}
        self.allowed_domains = (*(server.new_server_id for server in servers), "example.org")
        self.prose = {line for rewriter in rewriters.values() for line in rewriter.prose}
        self.words = {word for rewriter in rewriters.values() for word in rewriter.scrub_words}
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


# --------------------------------------------------------------------------------------------------------------------

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
    checker = Checker(projects, rewriters, registry)
    rows = write_projects(projects, rewriters, out, scratch)
    for server in servers:
        write_accounts(server, out / server.community.folder / "accounts.json")
    (out / "README.md").write_text(README.format(projects=len(projects), rows="\n".join(rows)), encoding="utf-8")
    checker.prose = {line for rewriter in rewriters.values() for line in rewriter.prose}
    return check_sample(checker, out, scratch)


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
