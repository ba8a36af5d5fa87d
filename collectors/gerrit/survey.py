"""Ask what a server is, to write a configuration for it: its projects, what happens in them, who may approve."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from collectors.gerrit import answers
from collectors.gerrit.choice import NO_PROJECTS
from collectors.gerrit.client import Gerrit
from collectors.gerrit.directory import list_projects, members_of
from collectors.gerrit.listing import any_of, groups, moment
from collectors.gerrit.options import LISTED, ask_changes
from collectors.gerrit.problems import Forbidden, NotFound, NotSignedIn

RECENT = 200
"""Changes looked at for labels, bots and approvers."""
SAMPLE = 500
"""Changes listed of each of some weeks, to see which projects are busy."""
WEEKS = 4
_WEEK = 7 * 86400
_AT_ONCE = 20

T = TypeVar("T")


class Range(msgspec.Struct):
    """VotingRangeInfo."""

    max: answers.Number = 0


class Vote(answers.Account):
    """ApprovalInfo with DETAILED_ACCOUNTS: a reviewer, the vote, and what may be voted."""

    value: answers.Number | None = None
    permitted: Range | None = msgspec.field(name="permitted_voting_range", default=None)


class VotedLabel(msgspec.Struct):
    """LabelInfo with DETAILED_LABELS."""

    all: list[Vote] = []
    values: dict[str, str] = {}


class SaidMessage(msgspec.Struct):
    """ChangeMessageInfo, of which only who and how is wanted."""

    author: answers.Account | None = None
    tag: str | None = None


class RecentChange(msgspec.Struct):
    """ChangeInfo, as much of it as tells how a community works."""

    project: str
    labels: dict[str, VotedLabel] = {}
    messages: list[SaidMessage] = []


class Rule(msgspec.Struct):
    """PermissionRuleInfo."""

    action: str = "ALLOW"
    max: answers.Number | None = None


class Permission(msgspec.Struct):
    """PermissionInfo; `rules` by the UUID of the group."""

    exclusive: bool = False
    rules: dict[str, Rule] = {}


class Section(msgspec.Struct):
    """AccessSectionInfo."""

    permissions: dict[str, Permission] = {}


class Named(msgspec.Struct):
    """ProjectInfo or GroupInfo, of which only the name is wanted."""

    name: str = ""


class Rights(msgspec.Struct):
    """ProjectAccessInfo, as far as it is shown to us: `groups` names also groups whose permissions are not."""

    local: dict[str, Section] = {}
    inherits_from: Named | None = None
    groups: dict[str, Named] = {}


async def active_projects(gerrit: Gerrit) -> list[str]:
    """Full names of the projects that changes can be made in. Raises RestError."""
    found = await list_projects(gerrit)
    return sorted(name for name, state in found.items() if state == "ACTIVE" and name not in NO_PROJECTS)


async def newest(gerrit: Gerrit, projects: Sequence[str] = ()) -> int | None:
    """When a change of the projects, or any, was last updated (epoch seconds); None if there is none. Raises RestError."""
    moments = []
    for query in map(any_of, groups(projects)) if projects else ["is:open OR is:closed"]:
        raws = await ask_changes(gerrit, query, 1, LISTED)
        moments += [answers.epoch(one.updated) for one in _decoded(raws, answers.Listed)]
    return max(moments, default=None)


async def busiest(gerrit: Gerrit) -> tuple[Counter[str], int]:
    """Changes by project among those updated in the weeks before the newest, and how many weeks. Raises RestError.

    On a busy server some of each week stand for all of it.
    """
    last = await newest(gerrit) or 0
    seen: dict[int, str] = {}
    for week in range(WEEKS if last else 0):
        until = last - week * _WEEK
        query = f"since:{moment(until - _WEEK)} before:{moment(until)}"
        raws = await ask_changes(gerrit, query, SAMPLE, LISTED)
        seen.update((one.number, one.project) for one in _decoded(raws, answers.Listed))
    return Counter(seen.values()), WEEKS


async def recent_changes(gerrit: Gerrit, projects: Sequence[str]) -> list[RecentChange]:
    """The projects' changes that moved last, with votes and messages. Raises RestError."""
    options = ("MESSAGES", "DETAILED_LABELS", "DETAILED_ACCOUNTS", "SKIP_DIFFSTAT")
    found: list[RecentChange] = []
    parts = groups(projects)
    for part in parts:
        found += _decoded(await ask_changes(gerrit, any_of(part), max(RECENT // len(parts), 20), options), RecentChange)
    return found


async def access_rights(gerrit: Gerrit, projects: Iterable[str]) -> dict[str, Rights]:
    """What is shown of the access rights of the projects and of all they inherit from. Raises RestError."""
    found: dict[str, Rights] = {}
    wanted = sorted(set(projects))
    while wanted:
        for start in range(0, len(wanted), _AT_ONCE):
            asked = [("project", name) for name in wanted[start : start + _AT_ONCE]]
            found |= await gerrit.get("/access/", asked, dict[str, Rights])
        above = {rights.inherits_from.name for rights in found.values() if rights.inherits_from}
        wanted = sorted(name for name in above - found.keys() if name)
    return found


async def readable_groups(gerrit: Gerrit, names: Iterable[str]) -> dict[str, frozenset[int]]:
    """The members (account numbers) of those groups whose members we may see. Raises RestError."""
    found = {}
    for name in sorted(set(names)):
        try:
            found[name] = frozenset(one.number for one in await members_of(gerrit, name))
        except NotSignedIn:
            if not gerrit.access.signed_in:  # nor will any other be shown
                return found
            raise
        except (Forbidden, NotFound):
            continue
    return found


def _decoded(raws: Iterable[msgspec.Raw], kind: type[T]) -> list[T]:
    """What has the form expected; here a change more or less does not matter."""
    found = []
    for raw in raws:
        try:
            found.append(msgspec.json.decode(raw, type=kind))
        except msgspec.MsgspecError:
            continue
    return found
