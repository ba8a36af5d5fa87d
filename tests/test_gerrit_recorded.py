"""Two recorded communities, served by a real Gerrit: what is collected over REST is what is collected over git.

Where the two differ is written down here, each difference with its reason and its exact count.
"""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.gerrit.collecting import COMPARED, BothWays, Row, differences
from tests.gerrit.community import RECORDED
from tests.gerrit.town import Town

pytestmark = pytest.mark.timeout(900)
NUMBER = 0xFFFFFFFF


class Compared(NamedTuple):
    """Both databases of a community; `unseen` are the numbers of changes that the server does not show to us."""

    both: BothWays
    unseen: set[int]
    found: dict[str, tuple[list[Row], list[Row]]]


def compared(town: Town, folder: Path, recorded: Path, name: str) -> Compared:
    """Collect a community over REST, first what was updated since 2023 and then the rest, and over git; compare."""
    names = [f"{RECORDED[name].prefix}/{bundle.stem}" for bundle in sorted((recorded / name).glob("*.bundle"))]
    both = BothWays(folder, town, *names)
    both.rest.collect("--since", "2023-01-01")
    [(oldest,)] = both.rest.rows("SELECT min(updated_at) FROM changes")
    assert 1672531200 <= oldest < 1675209600, "the first change of 2023 is of January"
    both.rest.collect()
    accounts = json.dumps(str(recorded / name / "accounts.json"))
    both.git.watch(names, f"accounts = {accounts}")
    both.git.collect()
    assert both.rest.rows("SELECT * FROM quarantine") == []
    unseen = set(both.git.rows("SELECT number FROM changes")) - set(both.rest.rows("SELECT number FROM changes"))
    numbers = {number for (number,) in unseen}
    found = {
        table: (ours, [row for row in theirs if row[0] & NUMBER not in numbers])
        for table, (ours, theirs) in differences(both.rest.database, both.git.database).items()
    }
    return Compared(both, numbers, {table: sides for table, sides in found.items() if any(sides)})


def test_openbmc(gerrit_openbmc: Town, recorded: Path, tmp_path: Path) -> None:
    both, unseen, found = compared(gerrit_openbmc, tmp_path, recorded, "openbmc")
    counts = {table: both.rest.rows(f"SELECT count(*) FROM {table}")[0][0] for table in COMPARED}
    assert counts == {
        "changes": 3708,
        "patch_sets": 16_210,
        "messages": 77_801,
        "votes": 35_844,
        "comments": 19_115,
        "reviewers": 25_475,
        "events": 5_483,
        "copied_votes": 1_434,
    }
    # Private ones are not shown to us, nor are those of which a commit is not in the recording.
    chosen = ",".join(map(str, sorted(unseen)))
    assert both.git.rows(
        f"SELECT private, status, count(*) FROM changes WHERE number IN ({chosen}) GROUP BY 1, 2 ORDER BY 1, 2"
    ) == [(0, "ABANDONED", 23), (1, "ABANDONED", 14), (1, "NEW", 26)]
    assert both.git.rows("SELECT count(*) FROM changes WHERE private = 1") == [(40,)]
    assert found.keys() == {"events", "copied_votes"}

    # Ready by a reply that has words of its own (known with the next upload), and a push that was private.
    ours, theirs = found["events"]
    assert [(row[0] & NUMBER, *row[1:3], row[5]) for row in ours] == [(47382, "wip", 4, "0"), (49234, "wip", 2, "0")]
    assert [(row[0] & NUMBER, *row[1:3], row[5]) for row in theirs] == [
        (47382, "wip", 4, "0"),
        (49234, "wip", 2, "0"),
        (74701, "private", 1, "1"),
        (74701, "private", 2, "0"),
    ]

    # Servers before 3.8 did not say in messages which votes they copied, and later ones not when they pushed a change
    # past review or, for a while, when they carried a vote on an earlier patch set on: of eight copies REST knows when
    # they began, and not that such a vote ended them.
    ours, theirs = found["copied_votes"]
    assert (len(ours), len(theirs)) == (8, 490)
    assert {row[:7] for row in ours} <= {row[:7] for row in theirs}
    copied = f"SELECT count(*) FROM copied_votes WHERE change_id & {NUMBER} NOT IN ({chosen})"
    assert both.git.rows(copied) == [(1916,)]


def test_rdo(gerrit_rdo: Town, recorded: Path, tmp_path: Path) -> None:
    both, unseen, found = compared(gerrit_rdo, tmp_path, recorded, "rdo")
    counts = {table: both.rest.rows(f"SELECT count(*) FROM {table}")[0][0] for table in COMPARED}
    assert counts == {
        "changes": 2469,
        "patch_sets": 3_654,
        "messages": 23_916,
        "votes": 10_921,
        "comments": 1_315,
        "reviewers": 10_272,
        "events": 4_562,
        "copied_votes": 2,
    }
    assert unseen == set()
    assert found.keys() == {"events"}

    # No message says that these were merged: a storage conversion wrote it down in an account's name, minutes after the
    # message that REST dates it by.
    for rows in found["events"]:
        assert [(row[0] & NUMBER, *row[1:3], row[5]) for row in rows] == [
            (number, "status", 1, "MERGED") for number in (2291, 2295, 2328, 2348)
        ]
