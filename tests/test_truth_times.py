"""Truth: when something happened, how long it took, and how the queue grew. Each test's text is the sum on paper."""

from pathlib import Path

import pytest

from tests.story import ANN, BEN, CID, DEE, LAST, NEXT, WEEK, Account, Story, moment

ZUUL = Account(90, "Zuul")


@pytest.fixture
def community(tmp_path: Path) -> Story:
    return Story(tmp_path, accounts=[ANN, BEN, CID, DEE])


def numbers(community: Story, question: str, period: tuple[str, str]) -> list[int]:
    """Numbers of the changes in an answer."""
    return [row["change"] for row in community.ask(question, *period).rows]


# -- merged ------------------------------------------------------------------------------------------------------------


def test_merged_is_when_it_was_submitted(community: Story) -> None:
    """The submit's label is of Sunday 23:58, the server's status of Monday 00:03: merged in this week, not the next."""
    c = community.change(ANN, "05-16T23:58")
    c.merge(BEN, "05-18T00:03", submitted="05-17T23:58")
    told = community.ask("merged", *WEEK)
    assert (told[c]["at"], told[c]["days"]) == (moment("05-17T23:58"), 1.0)
    assert numbers(community, "merged", NEXT) == []
    assert community.ask("reviewers", *WEEK).totals["merged"] == 1
    assert community.ask("reviewers", *NEXT).totals["merged"] == 0


def test_what_happens_after_the_submit_does_not_move_it(community: Story) -> None:
    """Merged this week; a comment and a hashtag a month later change `updated` and not the week."""
    c = community.change(ANN, "05-11T08:00")
    c.merge(BEN, "05-13T08:00")
    c.reply(CID, "06-13T08:00", text="This broke us.")
    c.event(CID, "06-14T08:00", "Hashtag added: regression", "Hashtags: regression", tag="setHashtag")
    assert community.ask("merged", *WEEK)[c]["days"] == 2.0
    assert numbers(community, "merged", ("06-01", "07-01")) == []


def test_a_submit_that_came_to_nothing_is_not_when_it_merged(community: Story) -> None:
    """Submitting patch set 1 failed this week, patch set 2 was merged by a push next week: it merged next week."""
    c = community.change(ANN, "05-11T08:00")
    c.event(BEN, "05-12T08:00", "", f"Reviewer: {BEN.ident}", "Label: SUBM=+1, 0123456789")
    c.upload(ANN, "05-13T08:00")
    c.event(BEN, "05-19T08:00", "Change has been successfully pushed.", "Status: merged", tag="merged")
    assert numbers(community, "merged", WEEK) == []
    assert community.ask("merged", *NEXT)[c]["at"] == moment("05-19T08:00")


@pytest.mark.parametrize(
    ("at", "counted"), [("05-10T23:59:59", 0), ("05-11T00:00:00", 1), ("05-17T23:59:59", 1), ("05-18T00:00:00", 0)]
)
def test_the_period_is_half_open(community: Story, at: str, counted: int) -> None:
    """Merged, uploaded, abandoned, restored exactly on since counts, exactly on until does not."""
    merged, patched = community.change(ANN, "05-04T08:00"), community.change(ANN, "05-04T08:00")
    abandoned, restored = community.change(ANN, "05-04T08:00"), community.change(ANN, "05-04T08:00")
    restored.abandon("05-05T08:00")
    merged.merge(BEN, at)
    patched.upload(ANN, at)
    abandoned.abandon(at)
    restored.restore(at)
    community.change(ANN, at)
    totals = community.ask("reviewers", *WEEK).totals
    found = {key: totals[key] for key in ("merged", "patch_sets", "abandoned", "restored", "created")}
    assert found == {key: value * counted for key, value in dict.fromkeys(found, 1).items()} | {
        "patch_sets": 2 * counted
    }
    assert numbers(community, "merged", WEEK) == [merged.number] * counted


def test_a_moved_change_is_on_its_new_branch(community: Story) -> None:
    """Uploaded for master, moved, merged: the branch it merged to. Words said before the move are still a review."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", text="For stable, please.")
    c.moves("05-12T08:00", "stable/2")
    c.merge(BEN, "05-13T08:00")
    assert community.ask("merged", *WEEK)[c]["branch"] == "stable/2"
    assert community.ask("reviewers", *WEEK).reviews(BEN) == (0, 0, 1, 0, 0)


def test_merged_totals(community: Story) -> None:
    """1, 2, 3 and 6 days: quartiles by interpolation: q1 = 1.75, median 2.5, q3 = 3.75; two owners, one project."""
    for owner, day in ((ANN, 12), (ANN, 13), (BEN, 14), (BEN, 17)):
        community.change(owner, "05-11T08:00").merge(CID, f"05-{day}T08:00")
    totals = community.ask("merged", *WEEK).totals
    assert (totals["changes"], totals["projects"], totals["owners"]) == (4, 1, 2)
    assert (totals["q1_days"], totals["median_days"], totals["q3_days"]) == (1.75, 2.5, 3.75)


# -- first response ----------------------------------------------------------------------------------------------------


def test_first_response_from_upload_to_the_first_act_of_somebody_else(community: Story) -> None:
    """Uploaded 08:00; the owner speaks at 09, Zuul at 10, a recheck at 11, Verified+1 of a person at 11:30; Ben at
    12: 4 h.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(ANN, "05-11T09:00", text="First try.")
    c.reply(ZUUL, "05-11T10:00", {"Code-Review": -1}, text="Build failed.")
    c.reply(CID, "05-11T11:00", text="recheck")
    c.reply(CID, "05-11T11:30", {"Verified": +1})
    c.reply(BEN, "05-11T12:00", {"Code-Review": +1})
    c.reply(CID, "05-11T13:00", text="Why?")
    row = community.ask("first_response", *WEEK)[c]
    assert (row["responder"], row["hours"], row["since"], row["at"]) == (
        "Ben Birch", 4.0, moment("05-11T08:00"), moment("05-11T12:00"),
    )  # fmt: skip


def test_the_uploader_of_a_patch_set_does_not_answer_on_it(community: Story) -> None:
    """Ben uploads patch set 2 and comments on it (own), Cid comments at 20:00: 12 h, by Cid."""
    c = community.change(ANN, "05-11T08:00")
    c.upload(BEN, "05-11T09:00")
    c.reply(BEN, "05-11T10:00", text="Rebased for you.")
    c.reply(CID, "05-11T20:00", text="Thanks.")
    row = community.ask("first_response", *WEEK)[c]
    assert (row["responder"], row["hours"]) == ("Cid Cedar", 12.0)


def test_first_response_runs_from_the_first_patch_set_that_is_no_work_in_progress(community: Story) -> None:
    """WIP from Monday 08:00 to Tuesday 08:00, answered Wednesday 20:00: 36 h."""
    c = community.change(ANN, "05-11T08:00", wip=True)
    c.ready("05-12T08:00")
    c.reply(BEN, "05-13T20:00", text="Why?")
    row = community.ask("first_response", *WEEK)[c]
    assert (row["since"], row["hours"]) == (moment("05-12T08:00"), 36.0)


def test_work_in_progress_in_between_is_taken_off(community: Story) -> None:
    """Ready Monday 08:00; WIP Tuesday 00:00–12:00 and Wednesday 00:00–06:00; answered Thursday 08:00: 72 − 12 − 6 =
    54 h.
    """
    c = community.change(ANN, "05-11T08:00")
    c.wip("05-12T00:00")
    c.ready("05-12T12:00")
    c.wip("05-13T00:00")
    c.ready("05-13T06:00")
    c.reply(BEN, "05-14T08:00", {"Code-Review": +1})
    assert community.ask("first_response", *WEEK)[c]["hours"] == 54.0


def test_answered_while_work_in_progress(community: Story) -> None:
    """Ready 08:00, WIP from 10:00, answered at 18:00 while it still is: 2 h."""
    c = community.change(ANN, "05-11T08:00")
    c.wip("05-11T10:00")
    c.reply(BEN, "05-11T18:00", text="Take your time.")
    assert community.ask("first_response", *WEEK)[c]["hours"] == 2.0


def test_without_an_answer_by_the_end_of_the_period(community: Story) -> None:
    """Three changes: answered within the period after 2 h and after 6 h, one answered only after it.

    In the table all three; 2 answered, 1 not; q1 = 3, median 4, q3 = 5 of the two.
    """
    one, two, three = (community.change(ANN, "05-11T08:00") for _ in range(3))
    one.reply(BEN, "05-11T10:00", text="Why?")
    two.reply(BEN, "05-11T14:00", text="Why?")
    three.reply(BEN, "05-18T00:00", text="Why?")
    told = community.ask("first_response", *WEEK)
    assert (told[three]["at"], told[three]["hours"], told[three]["responder"]) == (None, None, None)
    totals = [told.totals[key] for key in ("changes", "answered", "unanswered", "q1_hours", "median_hours", "q3_hours")]
    assert totals == [3, 2, 1, 3.0, 4.0, 5.0]


def test_only_changes_created_in_the_period(community: Story) -> None:
    """Created exactly on since: in; exactly on until, or answered in the period but created before: not in."""
    before = community.change(ANN, "05-10T23:59:59")
    before.reply(BEN, "05-12T08:00", text="Why?")
    first = community.change(ANN, "05-11T00:00")
    community.change(ANN, "05-18T00:00")
    assert numbers(community, "first_response", WEEK) == [first.number]


def test_changes_still_work_in_progress_are_left_out(community: Story) -> None:
    """Never ready by the period's end: no clock has run, with an answer (change 2) or without (change 1): 0 changes."""
    community.change(ANN, "05-11T08:00", wip=True).ready("05-19T08:00")
    community.change(ANN, "05-11T08:00", wip=True).reply(BEN, "05-12T08:00", text="Interesting.")
    assert community.ask("first_response", *WEEK).totals["changes"] == 0


# -- the totals of the reviewers' table --------------------------------------------------------------------------------


def test_totals(community: Story) -> None:
    """In the 7 days: 3 reviews by 2 people, one of them (Ben: 2) core: 3/7 a day.

    Created: 1, 2, 3, 4. Patch sets: 4 firsts, 2 more, 1 of change 0 from last week: 7. Merged: 1. Abandoned: 2, 3.
    Restored: 3. Open at the start: 0 (change 0): 1. Open at the end: 0, 3, 4: 3. The queue grew by 2.
    """
    old = community.change(CID, "05-04T08:00")
    one, two, three, four = (community.change(ANN, f"05-1{day}T08:00") for day in (1, 1, 2, 3))
    old.upload(CID, "05-12T08:00")
    one.upload(ANN, "05-12T08:00")
    one.upload(BEN, "05-12T09:00")
    one.reply(BEN, "05-12T07:00", {"Code-Review": +1}, patch_set=1)
    one.reply(CID, "05-13T07:00", {"Code-Review": +2})
    four.reply(BEN, "05-13T09:00", text="Why?")
    one.merge(BEN, "05-14T08:00")
    two.abandon("05-14T08:00")
    three.abandon("05-14T08:00")
    three.restore("05-15T08:00")
    totals = community.ask("reviewers", *WEEK, core=[BEN]).totals
    assert totals == {
        "reviews": 3, "reviewers": 2, "reviews_per_day": 3 / 7, "core_team": 1, "core_reviews": 2, "patch_sets": 7,
        "created": 4, "merged": 1, "abandoned": 2, "restored": 1, "queue_growth": 2,
    }  # fmt: skip


def growth_and_open(community: Story, since: str, until: str) -> tuple[int, int, int]:
    """What the totals call growth; how many changes wait at the end; how many at the start."""
    return (
        community.ask("reviewers", since, until).totals["queue_growth"],
        len(community.ask("waiting", since, until).rows),
        len(community.ask("waiting", "01-01", since).rows),
    )


def test_queue_growth_is_open_at_the_end_less_open_at_the_start(community: Story) -> None:
    """Week by week. Open on 05-04: none; 05-11: 1, 2, 3; 05-18: 3, 4 (1 merged, 2 abandoned); 05-25: 2, 4, 5 (3
    merged).
    """
    one, two, three = (community.change(ANN, "05-05T08:00") for _ in range(3))
    one.merge(BEN, "05-12T08:00")
    two.abandon("05-12T08:00")
    community.change(ANN, "05-17T23:59:59")
    community.change(ANN, "05-18T00:00:00")
    two.restore("05-18T00:00:00")
    three.merge(BEN, "05-24T23:59:59")
    assert growth_and_open(community, *LAST) == (3, 3, 0)
    assert growth_and_open(community, *WEEK) == (-1, 2, 3)
    assert growth_and_open(community, *NEXT) == (1, 3, 2)


def test_abandoned_restored_and_merged_in_one_week(community: Story) -> None:
    """Created before; abandoned, restored, abandoned, restored, merged: 1 open less. Abandoned and restored count
    once each.
    """
    c = community.change(ANN, "05-05T08:00")
    for day in (11, 13):
        c.abandon(f"05-{day}T08:00")
        c.restore(f"05-{day + 1}T08:00")
    c.merge(BEN, "05-15T08:00")
    totals = community.ask("reviewers", *WEEK).totals
    assert [totals[key] for key in ("created", "merged", "abandoned", "restored", "queue_growth")] == [0, 1, 1, 1, -1]


def test_queue_growth_takes_the_submits_own_time_too(community: Story) -> None:
    """Submitted Sunday 23:58, the status written Monday 00:03. Open at the start: 1, at the end: 0. The queue shrank
    by 1.
    """
    c = community.change(ANN, "05-05T08:00")
    c.merge(BEN, "05-18T00:03", submitted="05-17T23:58")
    assert growth_and_open(community, *WEEK) == (-1, 0, 1)
    assert growth_and_open(community, *NEXT) == (0, 0, 0)


# -- scope -------------------------------------------------------------------------------------------------------------


def test_a_question_about_one_project(tmp_path: Path) -> None:
    """Two projects, a change and a review each: 2 in all, 1 each; what merged names its project."""
    community = Story(tmp_path, projects=["lamps/lantern", "lamps/torch"])
    for project in community.projects:
        c = community.change(ANN, "05-11T08:00", project=project)
        c.reply(BEN, "05-12T08:00", {"Code-Review": +2})
        c.merge(BEN, "05-13T08:00")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == (0, 0, 0, 0, 2)
    for name in ("torch", "lamps/torch", "*torch"):
        told = community.ask("reviewers", *WEEK, project=name)
        assert told.reviews(BEN) == (0, 0, 0, 0, 1)
        assert [told.totals[key] for key in ("reviews", "patch_sets", "created", "merged")] == [1, 1, 1, 1]
        assert [row["project"] for row in community.ask("merged", *WEEK, project=name).rows] == ["lamps/torch"]
