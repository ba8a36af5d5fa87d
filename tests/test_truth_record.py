"""Truth: what is private or deleted is in no answer, and what cannot be understood is set aside alone."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.metrics import questions
from tests.story import ANN, BEN, CID, DEE, WEEK, Change, Story

EVERY = sorted(questions())
PLUS1 = (0, 0, 0, 1, 0)


@pytest.fixture
def community(tmp_path: Path) -> Story:
    return Story(tmp_path, accounts=[ANN, BEN, CID, DEE])


def busy(community: Story, private: bool = False) -> Change:
    """A change with something for every question: a review, an approval, own words, and open at the end."""
    c = community.change(ANN, "05-11T08:00", private=private)
    c.reply(BEN, "05-12T08:00", {"Code-Review": +1, "Workflow": +1}, text="Nice.")
    c.reply(ANN, "05-12T09:00", text="Thanks.")
    return c


# -- private -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("merged", [False, True])
def test_private_changes_are_in_no_answer(community: Story, name: str, merged: bool) -> None:
    """The one change is private: no rows, and totals as of an empty community; with `show_private` it is there."""
    empty = community.ask(name, *WEEK)
    c = busy(community, private=True)
    if merged:
        c.merge(BEN, "05-13T08:00")
    hidden = community.ask(name, *WEEK)
    assert (list(hidden.rows), dict(hidden.totals)) == ([], dict(empty.totals))
    shown = community.ask(name, *WEEK, private=True)
    assert bool(shown.rows) == (name != ("waiting" if merged else "merged"))


def test_a_change_is_private_as_it_is_now(community: Story) -> None:
    """Reviewed in the open, then made private: left out of the past too. Made public again: all there, 1 review."""
    c = busy(community)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1
    c.private("05-13T08:00")
    assert community.ask("reviewers", *WEEK).rows == []
    c.private("06-13T08:00", private=False)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1


def test_private_changes_make_nobody_old(community: Story) -> None:
    """Ann's first change is private and of last week; her public one of this week is named, and nothing says what was
    before.
    """
    community.change(ANN, "05-05T08:00", private=True)
    public = community.change(ANN, "05-12T08:00")
    told = community.ask("newcomers", *WEEK)
    assert [(row["kind"], row["change"]) for row in told.rows] == [("first_change", public.number)]
    assert community.ask("newcomers", *WEEK, private=True).rows == []


# -- deleted -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_deleted_change_leaves_all_answers(community: Story, name: str) -> None:
    """Two changes alike; one is deleted on the server: the answers are as if it had never been. It comes back: as
    before.
    """
    other = community.change(CID, "05-11T07:00")
    other.reply(DEE, "05-11T07:30", {"Code-Review": -1})
    without = community.ask(name, *WEEK)
    c = busy(community)
    with_it = community.ask(name, *WEEK)
    assert (with_it.answer != without.answer) == (name != "merged")
    community.changes.remove(c)
    assert community.collect().projects[0].gone == 1
    assert community.ask(name, *WEEK).answer == without.answer
    community.changes.append(c)
    assert community.ask(name, *WEEK).answer == with_it.answer


def test_a_server_that_offers_nothing_any_more_deletes_nothing(community: Story) -> None:
    """All refs gone at once is a fault and not a clearance: the run says so, and the review stays."""
    c = busy(community)
    community.collect()
    community.changes.clear()
    with pytest.raises(AssertionError, match="none of its changes is offered"):
        community.collect()
    community.changes.append(c)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1


# -- malformed ---------------------------------------------------------------------------------------------------------

Break = Callable[[Change], None]


def _no_footers(c: Change) -> None:
    c.writes(CID, "05-13T08:00", "Update patch set 1")


def _no_patch_set(c: Change) -> None:
    c.writes(CID, "05-13T08:00", "Update patch set 1", "Patch Set 1: Code-Review-2", "Label: Code-Review=-2")


def _wrong_label(c: Change) -> None:
    c.writes(
        CID,
        "05-13T08:00",
        "Update patch set 1",
        "Patch Set 1: Code-Review-2",
        "Patch-set: 1\nLabel: Code-Review=bad",
    )


def _wrong_status(c: Change) -> None:
    c.writes(CID, "05-13T08:00", "Update patch set 1", "Merged", "Patch-set: 1\nStatus: exploded")


def _wrong_attention(c: Change) -> None:
    c.writes(CID, "05-13T08:00", "Update patch set 1", "", "Patch-set: 1\nAttention: {not json")


def _wrong_reviewer(c: Change) -> None:
    c.writes(CID, "05-13T08:00", "Update patch set 1", "", "Patch-set: 1\nReviewer: Somebody")


def quarantine(community: Story) -> list[tuple[str, str]]:
    """What was set aside, with its reason."""
    connection = sqlite3.connect(community.database)
    rows = connection.execute("SELECT item, reason FROM quarantine ORDER BY item, reason").fetchall()
    connection.close()
    return rows


def records(community: Story, number: int) -> list[tuple[object, ...]]:
    """Every row of every table about a change."""
    connection = sqlite3.connect(community.database)
    tables = [
        "patch_sets",
        "events",
        "messages",
        "votes",
        "copied_votes",
        "comments",
        "reviewers",
        "attention",
        "submit_records",
    ]
    rows: list[tuple[object, ...]] = connection.execute("SELECT * FROM changes WHERE number = ?", (number,)).fetchall()
    for table in tables:
        rows += connection.execute(
            f"SELECT ?, t.* FROM {table} t WHERE change_id & 0xFFFFFFFF = ?", (table, number)
        ).fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (_no_footers, "no footers"), (_no_patch_set, "Patch-set"), (_wrong_label, "Code-Review=bad"),
        (_wrong_status, "exploded"), (_wrong_attention, "Attention"), (_wrong_reviewer, "Somebody"),
    ],
)  # fmt: skip
def test_a_malformed_commit_is_set_aside_alone(community: Story, tmp_path: Path, broken: Break, reason: str) -> None:
    """Between Ben's +1 and Dee's −1 on change 1 stands a commit nobody can read: the two votes count, Cid's act does
    not.

    Change 2's rows are those of a community without the broken commit. The quarantine has its ref and the reason.
    """
    (tmp_path / "well").mkdir()
    well = Story(tmp_path / "well", accounts=[ANN, BEN, CID, DEE])
    for story in (community, well):
        c = busy(story)
        if story is community:
            broken(c)
        c.reply(DEE, "05-14T08:00", {"Code-Review": -1})
        busy(story).merge(BEN, "05-13T08:00")
    told = community.ask("reviewers", *WEEK)
    assert told.reviews(BEN) == (0, 0, 0, 2, 0)
    assert (told.reviews(DEE), told.reviews(CID)) == ((0, 1, 0, 0, 0), (0, 0, 0, 0, 0))
    ((item, why),) = quarantine(community)
    assert item == "refs/changes/01/1/meta"
    assert reason in why
    well.collect()
    assert quarantine(well) == []
    assert records(community, 2) == records(well, 2)


def test_a_change_without_its_beginning_is_set_aside_whole(community: Story) -> None:
    """The first commit is unreadable, so there is no change to speak of; change 2 goes on."""
    c = busy(community)
    c.commits[0] = c.commits[0]._replace(body="Create change\n")
    busy(community)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1
    assert {item for item, _ in quarantine(community)} == {"refs/changes/01/1/meta"}


def test_a_ref_that_is_no_commit_is_set_aside(community: Story) -> None:
    """refs/changes/01/1/meta points to a blob: set aside with a reason; changes 2 and 3 are read, 2 reviews."""
    for _ in range(3):
        busy(community)
    community.blobs[1] = "no commit at all"
    assert community.ask("reviewers", *WEEK).reviews(BEN) == (0, 0, 0, 2, 0)
    ((item, reason),) = quarantine(community)
    assert item == "refs/changes/01/1/meta"
    assert reason


def test_broken_comments_are_set_aside(community: Story) -> None:
    """The JSON beside change 1's patch set 2 is cut off; its votes count, patch set 1's comment is kept, change 2
    too.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(CID, "05-11T09:00", comments=[("lamp.c", "Off by one.")])
    c.upload(ANN, "05-12T07:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": +1}, comments=[("lamp.c", "Still.")])
    c.commits[-1] = c.commits[-1]._replace(files={c.commit_of(2): b'{"comments": [{"unresolved": tr'})
    busy(community)
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(CID)) == ((0, 0, 0, 2, 0), (0, 0, 1, 0, 0))
    ((item, reason),) = quarantine(community)
    assert item == "refs/changes/01/1/meta"
    assert "comments" in reason
    connection = sqlite3.connect(community.database)
    assert connection.execute("SELECT text FROM comments").fetchall() == [("Off by one.",)]
    connection.close()


def test_what_was_mended_leaves_the_quarantine(community: Story) -> None:
    """The server repairs its record: read again, nothing is set aside, Cid's vote is there."""
    c = busy(community)
    _wrong_label(c)
    community.collect()
    assert len(quarantine(community)) == 1
    c.commits.pop()
    c.reply(CID, "05-13T08:00", {"Code-Review": -2})
    assert community.ask("reviewers", *WEEK).reviews(CID) == (1, 0, 0, 0, 0)
    assert quarantine(community) == []


def test_history_that_was_rewritten_is_replaced_whole(community: Story) -> None:
    """Message ids (commits) change and a vote is gone from the record: nothing of the old rows is left."""
    c = busy(community)
    community.collect()
    c.commits[1] = c.commits[1]._replace(body=c.commits[1].body.replace("Nice.", "Fine."))
    c.commits.pop()
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1
    connection = sqlite3.connect(community.database)
    texts = [row[0] for row in connection.execute("SELECT text FROM messages ORDER BY seq")]
    connection.close()
    assert texts == ["Uploaded patch set 1.", "Patch Set 1: Code-Review+1 Workflow+1\n\nFine."]
