"""What answers say while history is still being read: what they have is right, and what they lack is named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reports.database import open_database
from reports.digest import build_digest
from reports.question import Asked
from reports.render.digest import to_text
from reports.scope import find_scope
from tests.story import ANN, BEN, LAST, WEEK, Story, moment


@pytest.fixture
def community(tmp_path: Path) -> Story:
    story = Story(tmp_path, accounts=[ANN, BEN])
    story.change(ANN, "05-05T08:00").reply(BEN, "05-06T08:00", {"Code-Review": +1})
    story.change(ANN, "05-12T08:00").reply(BEN, "05-13T08:00", {"Code-Review": +1})
    story.ask("reviewers", *WEEK)
    return story


def read_back_to(story: Story, known_from: int | None) -> None:
    """As a first load over REST leaves it when it is stopped there."""
    with closing(sqlite3.connect(story.database)) as connection:
        connection.execute("UPDATE projects SET known_from = ?", (known_from,))
        connection.commit()


def flat(text: str) -> str:
    return " ".join(text.split())


def digest(story: Story, period: tuple[str, str] = WEEK) -> str:
    with closing(open_database(story.database)) as connection:
        asked = Asked(moment(period[0]), moment(period[1]), find_scope(connection, None, None))
        return to_text(build_digest(connection, asked))


def test_a_period_that_was_read_has_no_note_but_first_seen(community: Story) -> None:
    told = community.ask("reviewers", *WEEK)
    assert not told.answer.notes
    read_back_to(community, moment(WEEK[0]))
    assert not community.ask("reviewers", *WEEK).answer.notes
    assert "first seen" in " ".join(community.ask("newcomers", *WEEK).answer.notes)
    assert not any(row["complete"] for row in community.ask("newcomers", *WEEK).rows)


def test_nobody_is_called_new_without_a_doubt_while_history_is_not_known(community: Story) -> None:
    read_back_to(community, None)
    assert "seen here for the first time; history is not all read, so some may be known for long" in flat(
        digest(community, LAST)
    )
    assert "some of them may be known for longer" in flat(digest(community, LAST))
    read_back_to(community, 0)
    assert "did something here for the first time." in flat(digest(community, LAST))
    assert "known for long" not in flat(digest(community, LAST))


def test_what_is_partly_read_is_named(community: Story) -> None:
    """A first load that was interrupted before its first mark: figures are too small, and say so."""
    read_back_to(community, None)
    assert (
        community.ask("waiting", *WEEK).answer.notes[0]
        == "Only partly read yet, so that figures are too small: lantern."
    )


def test_a_period_that_was_not_read_to_its_beginning_says_so(community: Story) -> None:
    read_back_to(community, moment("05-12"))
    sentence = "History is read back to 2026-05-12 only: what happened before is not in these figures."
    assert community.ask("reviewers", *LAST).answer.notes == [sentence]
    assert community.ask("reviewers", *WEEK).answer.notes == [sentence]
    assert "last touched before" in community.ask("waiting", *WEEK).answer.notes[0]


def test_the_week_before_is_not_compared_with_where_it_is_not_known(community: Story) -> None:
    """A zero that means "not read yet" would look like a quiet week."""
    assert "changes created 1 (before: 1)" in digest(community)
    read_back_to(community, moment(WEEK[0]))
    assert "changes created 1, " in digest(community)
    assert "before:" not in digest(community)
    read_back_to(community, None)
    assert "before:" not in digest(community)
    read_back_to(community, moment(LAST[0]))
    assert "changes created 1 (before: 1)" in digest(community)
