"""A Gerrit with the people and projects of a small community, who live by the house rules in rules.py."""

from pathlib import Path
from urllib.parse import quote

from tests.gerrit.people import Person, Visitor
from tests.gerrit.rules import GRANTS, GROUPS, LABELS, MEMBERS, REGISTERED
from tests.gerrit.server import ADMIN, SECRET, SERVER_ID, GerritServer
from tests.gerrit.workshop import Workshop


class Town(GerritServer):
    """The server, and who is on it. Tests share one, so a test makes a project of its own and finds the people there."""

    def __init__(self, folder: Path, heap: str = "1g", server_id: str = SERVER_ID) -> None:
        super().__init__(folder, heap, server_id)
        self.people: dict[str, Person] = {}
        self.workshop = Workshop(self)
        self.admin = Person(self.workshop, ADMIN, "Administrator", 1000000, SECRET)
        self.nobody = Visitor(self)

    def furnish(self) -> None:
        """Give the running server its labels, groups, permissions and people."""
        self.admin.post("/projects/All-Projects/labels/", {"create": LABELS})
        owner = self.admin.get("/groups/Administrators")["id"]
        for name, said in GROUPS.items():
            # With the owner said: or else whoever makes a group is a member of it.
            self.admin.put(f"/groups/{name}", {"visible_to_all": said["visible_to_all"], "owner_id": owner})
            for included in said.get("includes", ()):
                self.admin.put(f"/groups/{name}/groups/{included}")
        numbers = {name: self.admin.get(f"/groups/{name}")["id"] for name in GROUPS} | {REGISTERED: REGISTERED}
        self._allow(
            "All-Projects",
            {
                permission: {
                    **({"label": permission.partition("-")[2]} if "abel" in permission else {}),
                    "rules": {numbers[group]: _rule(votes) for group, votes in grants.items()},
                }
                for permission, grants in GRANTS.items()
            },
        )
        for member in MEMBERS:
            self.person(member.username, member.name, groups=member.groups)

    def person(self, username: str, name: str = "", *, groups: tuple[str, ...] = ()) -> Person:
        """Whoever has this name to sign in with; made, with the address USERNAME@lantern.example, if `name` is given."""
        if username not in self.people:
            assert name, f"nobody is called {username}: give a name, to have an account made"
            password = f"secret-{username}"
            said = {"name": name, "email": f"{username}@lantern.example", "http_password": password, "groups": groups}
            made = self.admin.put(f"/accounts/{username}", said)
            self.people[username] = Person(self.workshop, username, name, made["_account_id"], password)
        person = self.people[username]
        assert name in ("", person.name), f"{username} is {person.name}, not {name}"
        return person

    def project(self, name: str, submit: str = "MERGE_IF_NECESSARY", *, registered_only: bool = False) -> str:
        """Make a project with an empty commit on master; its name. `submit` is a submit type, as "CHERRY_PICK"."""
        self.admin.put(f"/projects/{quote(name, safe='')}", {"submit_type": submit, "create_empty_commit": True})
        if registered_only:
            read = {"exclusive": True, "rules": {REGISTERED: {"action": "ALLOW"}}}
            self._allow(name, {"read": read})
        return name

    def branch(self, project: str, name: str, at: str = "master") -> str:
        """Make a branch where another one is."""
        self.admin.put(f"/projects/{quote(project, safe='')}/branches/{quote(name, safe='')}", {"revision": at})
        return name

    def _allow(self, project: str, permissions: dict[str, object]) -> None:
        """Add permissions of all branches."""
        said = {"add": {"refs/heads/*": {"permissions": permissions}}}
        self.admin.post(f"/projects/{quote(project, safe='')}/access", said)

    def stop(self) -> None:
        super().stop()
        for visitor in (self.admin, self.nobody, *self.people.values()):
            visitor.close()


def _rule(votes: tuple[int, int] | None) -> dict[str, object]:
    return {"action": "ALLOW", "force": False, **({"min": votes[0], "max": votes[1]} if votes else {})}
