"""What of a look moved since it was last read, what is gone, and what is there again."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from collectors.messages.conversation import UNCLEAR
from collectors.rows import qualified
from collectors.run import NAMES, ProjectSummary, Run, mark_of
from collectors.source import TRY_AGAIN, Item, Look, Source, Watched
from collectors.store import held_of, replace_quarantine, transaction

_NAME_SOMEBODY = """
    SELECT DISTINCT c.number FROM changes c JOIN messages m ON m.change_id = c.id
    WHERE c.project_id = ? AND m.kind = 'event' AND m.text LIKE 'Removed % by %'
"""
"""Changes where somebody's vote was removed: whose it was may be told by a name only, and names get known later."""


def moved_of(run: Run, source: Source, look: Look) -> list[Item]:
    """Items whose tip is not what it was when they were last read (or set aside), and what a look asks for again.

    Marks changes that are gone, and unmarks those that are there again.
    """
    connection = run.connection
    by_project: dict[int, list[Item]] = {}
    for item in look.items:
        by_project.setdefault(item.project_id, []).append(item)
    moved: set[tuple[int, int]] = set()
    for one in source.projects:
        project_id, result = one.project_id, run.results[one.project_id]
        items = by_project.get(project_id, [])
        if not items and project_id not in look.whole:
            continue
        known = _known(connection, one, items, look)
        if project_id in look.whole:
            missing = known.keys() - {item.number for item in items}
            there = source.still_there(missing) if missing else {}
            _note_renamed(result, one, there)
            if known and not items and not there:
                result.error = (
                    "none of its changes is offered any more, though they used to be: nothing was changed here"
                )
                continue
            if source.tells_less:
                missing = {number for number in missing if not _told_by_another(connection, one, number)}
            result.gone += _mark_gone(
                run, source, one, missing - there.keys(), {item.name for item in items}, look.whole_from
            )
        back = [(qualified(one.server_id, item.number),) for item in items if item.number in known]
        with transaction(connection):
            connection.executemany("UPDATE changes SET gone_at = NULL WHERE id = ? AND gone_at IS NOT NULL", back)
        those = _moved_in(run, source, one, known, items, look)
        result.moved += len(those)
        moved.update((project_id, number) for number in those)
    chosen = [item for item in look.items if (item.project_id, item.number) in moved]
    return held_of(connection, source.projects[0].server_id, chosen) if source.tells_less else chosen


def put_off(run: Run, source: Source) -> list[Item]:
    """What was set aside for a reason that may pass, of a source that does not list everything each time."""
    if not source.tells_less:
        return []
    query = "SELECT DISTINCT item FROM quarantine WHERE source = ? AND project_id = ? AND tip = ?"
    items = []
    for one in source.projects:
        for (name,) in run.connection.execute(query, (source.name, one.project_id, TRY_AGAIN)):
            number = name.rpartition(" ")[2]
            if number.isdigit():
                items.append(Item(one.project_id, int(number), name, TRY_AGAIN))
                run.results[one.project_id].moved += 1
    return held_of(run.connection, source.projects[0].server_id, items) if items else []


def _known(connection: sqlite3.Connection, one: Watched, items: Sequence[Item], look: Look) -> dict[int, str]:
    """Number -> tip of the project's changes: of all that a whole look should have, or of those among the items."""
    if one.project_id in look.whole:
        query = "SELECT number, meta_rev FROM changes WHERE project_id = ? AND updated_at >= ?"
        return dict(connection.execute(query, (one.project_id, look.whole_from)))
    query = "SELECT number, meta_rev FROM changes WHERE id IN (SELECT value FROM json_each(?)) AND project_id = ?"
    ids = json.dumps([qualified(one.server_id, item.number) for item in items])
    return dict(connection.execute(query, (ids, one.project_id)))


def _moved_in(
    run: Run, source: Source, one: Watched, known: Mapping[int, str], items: Sequence[Item], look: Look
) -> set[int]:
    if one.project_id in look.again:
        return {item.number for item in items}
    named: set[int] = set()
    if one.project_id in look.whole and mark_of(run, NAMES, one) not in (None, run.names[one.server_id][1]):
        named = {row[0] for row in run.connection.execute(_NAME_SOMEBODY, (one.project_id,))}
    aside = dict(
        run.connection.execute(
            "SELECT item, tip FROM quarantine WHERE source = ? AND project_id = ?", (source.name, one.project_id)
        )
    )
    return {
        item.number
        for item in items
        if (known.get(item.number) != item.tip and aside.get(item.name) != item.tip) or item.number in named
    }


def _told_by_another(connection: sqlite3.Connection, one: Watched, number: int) -> bool:
    """Whether all that is known of a change may be from a source that shows more: that this one lacks it says nothing."""
    query = "SELECT 1 FROM patch_sets WHERE change_id = ? AND commit_sha IS NULL LIMIT 1"
    return not connection.execute(query, (qualified(one.server_id, number),)).fetchone()


def _note_renamed(result: ProjectSummary, one: Watched, there: Mapping[int, str]) -> None:
    """Changes that are elsewhere now: renaming a project does not touch them, and the configuration has its old name."""
    now_in = sorted({project for project in there.values() if project != one.project})
    if now_in:
        result.error = f"its changes are in {' and '.join(now_in)} now: it seems to have been renamed, so put that into config.toml"


def _mark_gone(
    run: Run, source: Source, one: Watched, numbers: Collection[int], names: Collection[str], whole_from: int
) -> int:
    """Mark changes as gone, and forget what was set aside of others than `names`; returns how many are newly gone."""
    connection = run.connection
    gone = [(run.now, qualified(one.server_id, number), one.project_id) for number in numbers]
    aside = connection.execute(
        "SELECT DISTINCT item FROM quarantine WHERE source = ? AND project_id = ?", (source.name, one.project_id)
    ).fetchall()
    vanished = [] if whole_from else [item for (item,) in aside if item.removesuffix(UNCLEAR) not in names]
    with transaction(connection):
        replace_quarantine(connection, source.name, one.project_id, vanished, ())
        statement = "UPDATE changes SET gone_at = ? WHERE id = ? AND project_id = ? AND gone_at IS NULL"
        return max(connection.executemany(statement, gone).rowcount, 0)
