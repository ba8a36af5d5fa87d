"""What a server has besides changes: its projects, its accounts, who is in a group, what version it is."""

from collections.abc import Sequence

import msgspec

from collectors.gerrit import answers
from collectors.gerrit.client import Gerrit, quoted
from collectors.gerrit.people import told
from collectors.gerrit.problems import Forbidden, NotFound
from collectors.source import Told

ACCOUNTS_AT_ONCE = 100


class _Project(msgspec.Struct):
    state: str = "ACTIVE"
    more: bool = msgspec.field(name="_more_projects", default=False)


async def list_projects(gerrit: Gerrit) -> dict[str, str]:
    """Full name -> state (ACTIVE, READ_ONLY) of every project that we may see. Raises RestError."""
    found: dict[str, str] = {}
    while True:
        place = [("S", str(len(found)))] if found else []
        page = await gerrit.get("/projects/", [("n", "5000"), *place], dict[str, _Project])
        found.update((name, project.state) for name, project in page.items())
        if not any(project.more for project in page.values()):
            return found


async def find_project(gerrit: Gerrit, name: str) -> str | None:
    """The state of one project; None where there is none that we may see. Raises RestError."""
    try:
        return (await gerrit.get(f"/projects/{quoted(name)}", (), _Project)).state
    except (NotFound, Forbidden):
        return None


async def members_of(gerrit: Gerrit, group: str) -> list[Told]:
    """Everybody in a group (by name or UUID), also through groups that it includes. Raises RestError."""
    members = await gerrit.get(f"/groups/{quoted(group)}/members/", [("recursive", "")], list[answers.Account])
    return [one for member in members if (one := told(member))]


async def accounts(gerrit: Gerrit, numbers: Sequence[int]) -> list[Told]:
    """What the server says now of some accounts, inactive ones too; those it does not show are left out."""
    found: list[Told] = []
    for start in range(0, len(numbers), ACCOUNTS_AT_ONCE):
        part = numbers[start : start + ACCOUNTS_AT_ONCE]
        query = f"({' OR '.join(map(str, part))}) (is:active OR is:inactive)"
        asked = [("q", query), ("n", str(len(part))), ("o", "DETAILS")]
        page = await gerrit.get("/accounts/", asked, list[answers.Account])
        wanted = set(part)  # a number may also be part of somebody's name or address
        found += [one for account in page if account.number in wanted and (one := told(account))]
    return found


async def version(gerrit: Gerrit) -> str:
    """What the server calls its version, like 3.13.0. Raises RestError."""
    return await gerrit.get("/config/server/version", (), str)
