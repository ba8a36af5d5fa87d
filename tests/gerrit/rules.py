"""The house rules of the community that tests make: its labels, its groups and who may do what.

Everything else is as a new Gerrit has it: the label Code-Review and when its votes are copied, what a change needs to be
submitted (a Code-Review+2, no −2, no open comments), and that everybody may read and upload.
"""

from typing import Any, NamedTuple

CORE, CORE_AND_FRIENDS, HIDDEN, CI, SERVICE_USERS = (
    "demo-core",
    "demo-friends",
    "demo-hidden",
    "demo-ci",
    "Service Users",
)
REGISTERED = "global:Registered-Users"


class Member(NamedTuple):
    """Somebody who is there from the start; the address is `username`@lantern.example."""

    username: str
    name: str
    groups: tuple[str, ...] = ()


MEMBERS = (
    Member("ann", "Ann Ash"),
    Member("ben", "Ben Birch", (CORE,)),
    Member("cid", "Cid Cedar", (CORE,)),
    Member("dee", "Dee Dogwood", (HIDDEN,)),
    Member("eve", "Eve Elm", (CORE_AND_FRIENDS,)),
    Member("zoe", "Zoë Żywiec"),
    Member("lantern-ci", "Lantern CI", (CI, SERVICE_USERS)),
)

# A group that others include stands before them.
GROUPS: dict[str, dict[str, Any]] = {
    CORE: {"visible_to_all": True},
    CORE_AND_FRIENDS: {"visible_to_all": True, "includes": [CORE]},
    HIDDEN: {"visible_to_all": False},
    CI: {"visible_to_all": True},
}

LABELS: list[dict[str, Any]] = [
    {
        "name": "Verified", "function": "NoBlock", "default_value": 0,
        "values": {"-1": "Fails", " 0": "No score", "+1": "Works"},
    },
    {
        "name": "Workflow", "function": "NoBlock", "default_value": 0,
        "values": {"-1": "Work in progress", " 0": "Ready for reviews", "+1": "Approved"},
    },
]  # fmt: skip

# Of a branch: permission -> group -> lowest and highest vote, or nothing for what is no vote.
Grants = dict[str, dict[str, tuple[int, int] | None]]

GRANTS: Grants = {
    "label-Code-Review": {CORE: (-2, 2)},
    "label-Workflow": {CORE: (-1, 1), REGISTERED: (-1, 0)},
    "label-Verified": {CI: (-1, 1)},
    "labelAs-Code-Review": {CORE: (-2, 2)},
    "labelAs-Verified": {CORE: (-1, 1)},
    "removeLabel-Code-Review": {CORE: (-2, 2)},
    "removeLabel-Verified": {CORE: (-1, 1)},
    **{name: {CORE: None} for name in (
        "abandon", "create", "delete", "deleteChanges", "editTopicName", "push", "rebase", "removeReviewer", "submit",
        "submitAs", "toggleWipState",
    )},
    **{name: {REGISTERED: None} for name in ("deleteOwnChanges", "editHashtags", "revert")},
}  # fmt: skip
