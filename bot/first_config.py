"""The configuration that `plustwo init` writes: settings that work at once, and comments that say why and what else. Pure."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.config import GerritServer
from collectors.gerrit.approval import Unit
from collectors.gerrit.sense import Bot, LabelUse
from collectors.rules import Labels
from reports.render.cells import many

_WIDTH = 110
_ACCESS = ("user", "password_env", "token_env", "netrc", "cookies", "ca")
_MOST_NAMED = 12


@dataclass
class Findings:
    """What was found out about a server: `projects` as they are to be written (also globs), and what says why these.

    `highest` is what can be voted on the label for review. `readable`: members of those groups whose members we may see.
    `missing`: sentences about what was not shown.
    """

    server: GerritServer
    version: str
    day: str
    projects: Sequence[str]
    projects_why: str
    labels: Sequence[LabelUse] = ()
    highest: int = 2
    bots: Sequence[Bot] = ()
    units: Sequence[Unit] = ()
    approvers: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    readable: Mapping[str, frozenset[int]] = field(default_factory=dict)
    missing: Sequence[str] = ()

    @property
    def signed_in(self) -> bool:
        """Whether the server was told who asks."""
        return any(getattr(self.server, name) for name in _ACCESS if name != "ca")

    def named(self, role: str) -> list[str]:
        """The labels that have a role."""
        return [label.name for label in self.labels if label.role == role]

    @property
    def review(self) -> str:
        """The label whose highest vote approves."""
        names = self.named("review")
        return names[0] if names and "Code-Review" not in names else "Code-Review"

    @property
    def vote(self) -> str:
        """The vote that approves, for a comment."""
        return f"{self.review} {self.highest:+d}"


def write_config(found: Findings) -> str:
    """The text of config.toml."""
    parts = [_head(found), _server(found), _labels(found), *(_team(found, unit) for unit in found.units)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def server_settings(server: GerritServer, projects: Iterable[str]) -> list[str]:
    """The [[gerrit]] of a server, bare."""
    return ["[[gerrit]]", f"url = {_text(server.url)}", *_access(server), *_list("projects", projects)]


def _access(server: GerritServer) -> list[str]:
    return [f"{name} = {_text(getattr(server, name))}" for name in _ACCESS if getattr(server, name)]


def _head(found: Findings) -> Iterator[str]:
    yield f"# What to watch on {found.server.url} (Gerrit {_plain(found.version)}), as `plustwo init` found it on {found.day}."
    yield "# It is yours now: change what you like. Then"
    yield "#   plustwo check     finds mistakes in here,"
    yield "#   plustwo collect   reads what is new,"
    yield "#   plustwo digest    says what happened."
    if found.missing:
        yield "#"
        yield "# Not shown by the server, so not in here:"
        for sentence in found.missing:
            yield from _comment(sentence, "# - ", "#   ")
    yield ""
    yield 'database = "plustwo.sqlite"  # relative to this file, as every path in it'


def _server(found: Findings) -> Iterator[str]:
    yield "[[gerrit]]"
    yield f"url = {_text(found.server.url)}  # links in reports point here"
    if not found.signed_in:
        yield "# Signed in, you see more of some servers. The password is one made in Gerrit's settings, and never in here:"
        yield '# user = "me"'
        yield '# password_env = "GERRIT_PASSWORD"  # the environment variable that holds it'
    yield from _access(found.server)
    yield from _comment(found.projects_why)
    yield from _list("projects", found.projects)
    known = [f"{_who(bot.name, bot.number)} ({bot.why})" for bot in found.bots if bot.known]
    if known:
        yield from _comment(f"Bots that are recognized without being named here: {', '.join(known)}.")
    yield from _bots([bot for bot in found.bots if not bot.known])


def _bots(bots: Sequence[Bot]) -> Iterator[str]:
    if not bots:
        yield "bots = []  # further accounts that are no people: ids, names or addresses"
        return
    yield "bots = [  # further accounts that are no people; take out who is one"
    for bot in bots:
        yield f"  {_text(str(bot.number))},  # {_plain(bot.name)}, {bot.why}"
    yield "]"


def _labels(found: Findings) -> Iterator[str]:
    yield "[labels]  # what votes mean, by their label"
    if not found.labels:
        yield from _comment("There were no changes to learn the labels from; these are the usual ones.")
    why = {label.name: label.why for label in found.labels}
    meanings = {"review": "a judgement", "approval": "permission to merge", "ci": "the word of CI"}
    usual = Labels()._asdict()
    for role, meaning in meanings.items():
        names = found.named(role)
        if not names and (role == "review" or not found.labels):
            names = list(usual[role])
        reasons = "; ".join(f"{name} {why[name]}" if len(names) > 1 else why[name] for name in names if name in why)
        reasons = reasons or ("no label looks like it" if found.labels and not names else "")
        yield f"{role} = [{', '.join(map(_text, names))}]  # {meaning}{': ' if reasons else ''}{_plain(reasons)}"
    if others := found.named(""):
        yield from _comment(f"None of these, and not looked at: {', '.join(others)}.")


def _team(found: Findings, unit: Unit) -> Iterator[str]:
    core = unit.core
    readable = sorted(group for group in core.core if group in found.readable)
    hidden = sorted(core.core - set(readable))
    approving: dict[int, str] = {}
    for project in unit.projects:
        approving |= found.approvers.get(project, {})
    for group in readable:
        approving = {number: name for number, name in approving.items() if number not in found.readable[group]}
    yield "[[team]]"
    yield f"name = {_text(unit.name)}"
    yield from _list("projects", _short(unit.projects, found))
    if core.everybody:
        yield from _comment(f"Whoever is signed in may vote {found.vote}, so that does not tell who is core.")
    if readable:
        members = ", ".join(f"{name} ({len(found.readable[name])})" for name in readable)
        yield from _comment(
            f"May vote {found.vote}, with the members they have now: {members}. Every collect reads them anew."
        )
        yield f"core = [{', '.join(map(_text, readable))}]"
    if also := sorted(core.everywhere - core.core):
        yield from _comment(f"May vote {found.vote} in every project: {', '.join(also)}.")
    if hidden:
        yield from _comment(f"May vote {found.vote} too, but their members are not shown: {', '.join(hidden)}.")
    if core.nameless:
        yield from _comment(
            f"May vote {found.vote} too: {many(len(core.nameless), 'group')} whose names the server does not tell."
        )
    if core.named and not core.core:
        groups = ", ".join(sorted(core.named))
        yield from _comment(f"The access rights are about {groups}; what each may is not shown.")
    if approving or not readable:
        yield from _place_for_core(found.vote, approving, bool(readable))


def _short(projects: Sequence[str], found: Findings) -> Sequence[str]:
    """All that is watched in a folder as a glob, so that the team has what is added there."""
    folder = projects[0].rpartition("/")[0]
    every = len(found.units) == 1 and len(projects) > 1 and all(name.startswith(f"{folder}/") for name in projects)
    return [f"{folder}/*"] if folder and every else projects


def _place_for_core(vote: str, approving: Mapping[int, str], more: bool) -> Iterator[str]:
    """What can be filled in by hand, to be uncommented; `more`: besides the core there is."""
    if not approving:
        yield "# Fill in who is core: a group of the server (read signed in), account ids or addresses."
        yield "# core = []"
        return
    shown = sorted(approving.items(), key=lambda item: (item[1].casefold(), item[0]))[:_MOST_NAMED]
    who = f"{len(shown)} of the {len(approving)} who" if len(approving) > len(shown) else "Who"
    what = ", and is in none of these groups; add to core whom you miss" if more else "; uncomment and correct"
    yield from _comment(f"{who} voted {vote} recently, or may{what}:")
    yield from [] if more else ["# core = ["]
    for number, name in shown:
        yield f"#   {_text(str(number))},  # {_plain(name)}"
    yield from [] if more else ["# ]"]


def _list(name: str, values: Iterable[str]) -> list[str]:
    texts = [_text(value) for value in values]
    line = f"{name} = [{', '.join(texts)}]"
    return [line] if len(line) <= 80 else [f"{name} = [", *(f"  {text}," for text in texts), "]"]


def _text(value: str) -> str:
    """As TOML has it: JSON's strings are TOML's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """A stranger's text within a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _who(name: str, number: int) -> str:
    return f"{name} {number}" if name else str(number)


def _comment(text: str, first: str = "# ", then: str = "# ") -> list[str]:
    return textwrap.wrap(
        _plain(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
