"""Which projects and teams is a question about, and whom does a name mean?"""

import difflib
import sqlite3
from fnmatch import fnmatchcase
from typing import NamedTuple


class UnknownName(Exception):
    """A team, project or person that is not there; the text names what is near."""


class Scope(NamedTuple):
    """Projects a question is about; teams whose cores count; words for a title, "" for everything."""

    project_ids: tuple[int, ...]
    team_ids: tuple[int, ...]
    words: str


def find_scope(connection: sqlite3.Connection, team: str | None, project: str | None) -> Scope:
    """The scope of `--team` and `--project` (a full name, its last part, or a glob). Raises UnknownName."""
    projects: dict[int, str] = dict(connection.execute("SELECT id, name FROM projects WHERE watched = 1 ORDER BY id"))
    teams: dict[str, int] = dict(connection.execute("SELECT name, id FROM teams ORDER BY id"))
    team_ids = tuple(teams.values())
    words = []
    if team is not None:
        if team not in teams:
            raise UnknownName(_unknown("team", team, list(teams)))
        team_ids = (teams[team],)
        own = {row[0] for row in connection.execute("SELECT project_id FROM team_projects WHERE team_id = ?", team_ids)}
        projects = {i: name for i, name in projects.items() if i in own}
        words.append(f"team {team}")
    if project is not None:
        chosen = {
            i: n for i, n in projects.items() if fnmatchcase(n, project) or fnmatchcase(n.rpartition("/")[2], project)
        }
        if not chosen:
            raise UnknownName(_unknown("project", project, list(projects.values())))
        projects = chosen
        words.append(project)
    return Scope(tuple(projects), team_ids, ", ".join(words))


def find_person(connection: sqlite3.Connection, text: str) -> tuple[int, str]:
    """Id and name of the person meant by a name, a part of one, an address or an account number. Raises UnknownName."""
    wanted = text.strip().casefold()
    people: dict[int, str] = dict(connection.execute("SELECT id, name FROM people"))
    numbers = connection.execute(
        "SELECT i.person_id FROM identities i JOIN accounts a ON a.id = i.account_id JOIN servers s ON s.id = a.server_id "
        "WHERE ?1 IN (CAST(a.number AS TEXT), lower(s.name) || ':' || a.number) "
        "UNION SELECT person_id FROM identities WHERE kind = 'email' AND lower(value) = ?1",
        (wanted,),
    )
    exact = {row[0] for row in numbers} | {i for i, name in people.items() if name.casefold() == wanted}
    found = exact or {i for i, name in people.items() if wanted and wanted in name.casefold()}
    if len(found) == 1:
        person = found.pop()
        return person, people[person]
    if found:
        servers = dict(connection.execute("SELECT id, name FROM servers"))
        names = sorted(f"{people[i]} ({servers[i >> 32]}:{i & 0xFFFFFFFF})" for i in found)
        listed = f"{', '.join(names[:8])}{', ...' if len(names) > 8 else ''}"
        raise UnknownName(f"{text!r} may be {listed}. Give the account id, as there.")
    raise UnknownName(_unknown("person", text, list(people.values())))


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 3, 0.5)
    if near:
        return f"There is no {what} {name!r}; did you mean {' or '.join(near)}?"
    listed = f" Known: {', '.join(known[:20])}." if 0 < len(known) <= 20 else ""
    return f"There is no {what} {name!r}.{listed}"
