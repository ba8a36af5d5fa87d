"""Who may approve changes of a project: by its access rights, else by what its reviewers do; which projects go together? Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import takewhile
from os.path import commonpath
from typing import NamedTuple

from collectors.gerrit.survey import RecentChange, Rights, Vote

_NO_CORE = re.compile(
    r"Registered Users|Anonymous Users|Change Owner|Project Owners|Service Users|Non-Interactive Users"
)


class Core(NamedTuple):
    """Who may give a project's changes the highest vote: groups of its own, and those who may in every project.

    `nameless`: UUIDs of groups of its own that the server does not name. `everybody`: whoever is signed in may. `named`:
    groups that its rights are about, for where it is not shown what they may.
    """

    groups: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()
    everywhere: frozenset[str] = frozenset()
    everybody: bool = False
    named: frozenset[str] = frozenset()

    @property
    def core(self) -> frozenset[str]:
        """Its own groups; where it has none, those of every project."""
        return self.groups or (frozenset() if self.nameless else self.everywhere)


def core_of(project: str, rights: Mapping[str, Rights], label: str, highest: int) -> Core:
    """Who may vote the highest on a label, on all of a project's branches or its main one."""
    chain = _chain(project, rights)
    own: set[str] = set()
    top: set[str] = set()
    for one in chain:
        voters, exclusive = _permitted(one, f"label-{label}", highest)
        (own if one.inherits_from else top).update(voters)
        if "Project Owners" in voters:
            own.update(*(_permitted(above, "owner", 0)[0] for above in chain if above.inherits_from))
        if exclusive:
            break
    named = {group.name for one in chain if one.inherits_from for group in one.groups.values()}
    everybody = bool({"Registered Users", "Anonymous Users"} & (own | top))
    groups, everywhere, hinted = (frozenset(filter(_may_be_core, found)) for found in (own, top, named))
    nameless = frozenset(filter(_is_uuid, groups))
    return Core(groups - nameless, nameless, everywhere, everybody, hinted)


def _chain(project: str, rights: Mapping[str, Rights]) -> list[Rights]:
    """The rights of a project, and of what it inherits from, nearest first."""
    found: list[Rights] = []
    while (one := rights.get(project)) and one not in found:
        found.append(one)
        project = one.inherits_from.name if one.inherits_from else ""
    return found


def _permitted(rights: Rights, permission: str, least: int) -> tuple[set[str], bool]:
    """Groups that have a permission with at least this vote, and whether nothing from above adds to them."""
    found: set[str] = set()
    exclusive = False
    for ref in ("refs/*", "refs/heads/*", "refs/heads/master", "refs/heads/main"):
        granted = rights.local[ref].permissions.get(permission) if ref in rights.local else None
        if granted:
            exclusive = exclusive or granted.exclusive
            allowed = [
                uuid for uuid, rule in granted.rules.items() if rule.action == "ALLOW" and (rule.max or 0) >= least
            ]
            found.update(_name(rights, uuid) for uuid in allowed)
    return found, exclusive


def _name(rights: Rights, uuid: str) -> str:
    """The name of a group, its UUID where the server does not tell it."""
    group = rights.groups.get(uuid)
    return (group.name if group else "") or uuid.replace("global:", "").replace("-", " ")


def _is_uuid(group: str) -> bool:
    """Whether a group is known by its UUID only: it is gone, or of another system, or not shown."""
    return bool(re.fullmatch(r"[0-9a-f]{40}", group))


def _may_be_core(group: str) -> bool:
    """Not one of those that Gerrit has for whoever is signed in, owns the change, and so on, or for bots."""
    return bool(group) and not _NO_CORE.fullmatch(group)


def approvers(changes: Iterable[RecentChange], label: str, bots: Collection[int]) -> dict[str, dict[int, str]]:
    """By project, who among its recent reviewers voted the highest, or might have: number -> name."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for change in changes:
        voted = change.labels.get(label)
        if voted is None:
            continue
        highest = top_vote(voted.values)
        for vote in voted.all:
            if vote.number is not None and vote.number not in bots and _approves(vote, highest):
                found[change.project][vote.number] = vote.name or f"account {vote.number}"
    return found


def _approves(vote: Vote, highest: int) -> bool:
    return (vote.value or 0) >= highest or (vote.permitted is not None and vote.permitted.max >= highest)


def top_vote(values: Iterable[str]) -> int:
    """The highest of a label's values, which Gerrit writes as " 0" and "+2"; +2 if they are not told."""
    return max((int(value) for value in values if re.fullmatch(r"\s*[-+]?\d+", value)), default=2)


class Unit(NamedTuple):
    """Projects that the same people may approve in."""

    name: str
    projects: Sequence[str]
    core: Core


def units(cores: Mapping[str, Core], host: str) -> list[Unit]:
    """Projects put together by who may approve in them, named after what their names have in common."""
    shared: dict[frozenset[str], list[str]] = defaultdict(list)
    for project, core in cores.items():
        shared[core.core | core.nameless or core.named].append(project)
    found: dict[str, Unit] = {}
    for projects in shared.values():
        name = base = _common(projects) or host
        number = 1
        while name in found:
            number += 1
            name = f"{base} {number}"
        found[name] = Unit(name, projects, cores[projects[0]])
    return sorted(found.values())


def _common(projects: Sequence[str]) -> str:
    """What the last parts of names begin with, else the last folder they are all in."""
    if len(projects) == 1:
        return projects[0].rpartition("/")[2]
    words = [re.findall(r"[a-zA-Z0-9]+|[^a-zA-Z0-9]+", name.rpartition("/")[2]) for name in projects]
    shared = takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False))
    prefix = "".join(same[0] for same in shared).strip("-_.")
    return prefix or commonpath(name.rpartition("/")[0] for name in projects).rpartition("/")[2]
