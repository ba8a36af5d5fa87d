"""What is asked of a Gerrit server once in a while: which projects it has, who is in its core groups, who is who."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from collectors.gerrit import directory
from collectors.gerrit.conversation import Conversation
from collectors.gerrit.listing import find_changes
from collectors.gerrit.problems import Forbidden, NotFound, NotSignedIn, RestError
from collectors.people import told_accounts
from collectors.rows import qualified
from collectors.source import Told
from collectors.store import transaction

HOUR, DAY, WEEK = 3600, 86400, 7 * 86400


def refresh_projects(connection: sqlite3.Connection, server: str, talk: Conversation, now: int) -> list[str]:
    """Know which projects the server has, as of the last day; returns those watched that it no longer has.

    Raises RestError where it must be asked and cannot be.
    """
    last = connection.execute("SELECT max(seen_at) FROM server_projects WHERE server = ?", (server,)).fetchone()[0]
    if last is not None and now - DAY < last <= now:
        return []
    found = talk.ask(directory.list_projects)
    query = """
        SELECT p.name FROM projects p JOIN servers s ON s.id = p.server_id JOIN server_projects l ON l.server = s.name
        AND l.name = p.name WHERE s.name = ? AND p.watched = 1 ORDER BY p.name
    """
    watched = [row[0] for row in connection.execute(query, (server,))]
    with transaction(connection):
        connection.execute("DELETE FROM server_projects WHERE server = ?", (server,))
        connection.executemany(
            "INSERT INTO server_projects VALUES (?, ?, ?, ?)",
            [(server, name, state, now) for name, state in found.items()],
        )
    return [name for name in watched if name not in found]


def absent_projects(
    connection: sqlite3.Connection, server: str, projects: Iterable[tuple[int, str]], talk: Conversation, now: int
) -> dict[int, str]:
    """Those projects (id, name) that the server does not show, each with a sentence that says where it went, if known.

    The list may be a day old: one that is not in it and of which nothing is known yet is asked for by itself.
    """
    there = {row[0] for row in connection.execute("SELECT name FROM server_projects WHERE server = ?", (server,))}
    found = {}
    for project_id, name in projects:
        if not there or name in there:
            continue
        query = "SELECT number FROM changes WHERE project_id = ? AND gone_at IS NULL ORDER BY updated_at DESC LIMIT 20"
        numbers = [row[0] for row in connection.execute(query, (project_id,))]
        if not numbers and (state := _state_of(talk, name)):
            connection.execute("INSERT INTO server_projects VALUES (?, ?, ?, ?)", (server, name, state, now - DAY))
            continue
        now_in = set(_now_in(talk, numbers).values()) if numbers else set()
        if name in now_in:
            continue
        elsewhere = sorted(now_in)
        found[project_id] = (
            f"the server has no such project any more; its changes are in {' and '.join(elsewhere)} now: put that into config.toml"
            if elsewhere
            else "the server shows no project of that name: it does not exist (any more), or reading it needs access"
        )
    return found


def _state_of(talk: Conversation, name: str) -> str | None:
    return talk.ask(lambda gerrit: directory.find_project(gerrit, name))


def _now_in(talk: Conversation, numbers: Sequence[int]) -> Mapping[int, str]:
    return talk.ask(lambda gerrit: find_changes(gerrit, numbers))


def refresh_groups(
    connection: sqlite3.Connection, server_id: int, groups: Iterable[str], talk: Conversation, now: int
) -> list[str]:
    """Take a snapshot of who is in some groups, at most once an hour. Returns a sentence for each that cannot be read."""
    problems = []
    for name in groups:
        connection.execute("INSERT OR IGNORE INTO groups (server_id, name) VALUES (?, ?)", (server_id, name))
        query = "SELECT id, read_at FROM groups WHERE server_id = ? AND name = ?"
        group_id, read_at = connection.execute(query, (server_id, name)).fetchone()
        if read_at is not None and now - HOUR < read_at <= now:
            continue
        try:
            members = _members(talk, name)
        except (Forbidden, NotFound, NotSignedIn) as problem:
            sentence = why_not(name, problem)
            connection.execute("UPDATE groups SET problem = ? WHERE id = ?", (sentence, group_id))
            problems.append(sentence)
        else:
            _snapshot(connection, server_id, group_id, members, read_at is None, now)
    return problems


def _members(talk: Conversation, name: str) -> list[Told]:
    return talk.ask(lambda gerrit: directory.members_of(gerrit, name))


def why_not(name: str, problem: RestError) -> str:
    """Why the members of a group cannot be read, and what to do, as a sentence without its full stop."""
    if isinstance(problem, NotFound):
        return f"the group {name!r} does not exist, or may not be seen by us"
    return (
        f"who is in the group {name!r} is told only to those who are signed in and may see it: set user and password_env (or "
        "another way to sign in), or name the members by account or address"
    )


def _snapshot(
    connection: sqlite3.Connection, server_id: int, group_id: int, members: Sequence[Told], first: bool, now: int
) -> None:
    """Write down who came and who left since the last snapshot; those of the first were there before it."""
    now_in = {qualified(server_id, member.number) for member in members}
    query = "SELECT account_id FROM group_members WHERE group_id = ? AND until IS NULL"
    was_in = {row[0] for row in connection.execute(query, (group_id,))}
    with transaction(connection):
        told_accounts(connection, server_id, members, now)
        connection.executemany(
            "UPDATE group_members SET until = ? WHERE group_id = ? AND account_id = ? AND until IS NULL",
            [(now, group_id, account_id) for account_id in was_in - now_in],
        )
        connection.executemany(
            "INSERT INTO group_members VALUES (?, ?, ?, NULL)",
            [(group_id, account_id, 0 if first else now) for account_id in now_in - was_in],
        )
        connection.execute("UPDATE groups SET read_at = ?, problem = NULL WHERE id = ?", (now, group_id))


def refresh_accounts(connection: sqlite3.Connection, server_id: int, talk: Conversation, now: int) -> int:
    """Ask again about accounts that the server told of more than a week ago (renamed, inactive); returns how many."""
    query = "SELECT number FROM accounts WHERE server_id = ? AND coalesce(asked_at, told_at, 0) < ? ORDER BY number"
    numbers = [row[0] for row in connection.execute(query, (server_id, now - WEEK))]
    if not numbers:
        return 0
    members = talk.ask(lambda gerrit: directory.accounts(gerrit, numbers))
    with transaction(connection):
        told_accounts(connection, server_id, members, now)
        asked = [(now, qualified(server_id, number)) for number in numbers]
        connection.executemany("UPDATE accounts SET asked_at = ? WHERE id = ?", asked)
    return len(members)
