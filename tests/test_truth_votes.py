"""Truth: which votes there are, whose they are, and what ends them. Each test's text is the sum on paper."""

from pathlib import Path

import pytest

from tests.story import ANN, BEN, CID, DEE, LAST, LEVEL, NEXT, WEEK, Account, Story

MINUS2, MINUS1, ZERO, PLUS1, PLUS2 = (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1)
NONE = (0, 0, 0, 0, 0)


@pytest.fixture
def community(tmp_path: Path) -> Story:
    return Story(tmp_path, accounts=[ANN, BEN, CID, DEE])


# -- own changes -------------------------------------------------------------------------------------------------------


def test_a_vote_on_ones_own_change_is_no_review(community: Story) -> None:
    """Ann votes on her change 1 (own 1) and Ben's change 2 (a review of +1); Ben votes on change 1 (a review of +2)."""
    ours = community.change(ANN, "05-11T08:00")
    theirs = community.change(BEN, "05-11T08:00")
    ours.reply(ANN, "05-11T09:00", {"Code-Review": +2})
    ours.reply(BEN, "05-11T10:00", {"Code-Review": +2})
    theirs.reply(ANN, "05-11T11:00", {"Code-Review": +1})
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(ANN), told[ANN]["own"]) == (PLUS1, 1)
    assert (told.reviews(BEN), told[BEN]["own"]) == (PLUS2, 0)
    assert (told.totals["reviews"], told.totals["reviewers"]) == (2, 2)


def test_who_only_votes_on_own_changes_is_not_among_the_reviewers(community: Story) -> None:
    """Ann's only act is on her own change: 0 reviews by 0 people."""
    community.change(ANN, "05-11T08:00").reply(ANN, "05-11T09:00", {"Code-Review": +2}, text="Trivial.")
    told = community.ask("reviewers", *WEEK)
    assert list(told.rows) == []
    assert (told.totals["reviews"], told.totals["reviewers"]) == (0, 0)


def test_a_patch_set_uploaded_to_somebody_elses_change(community: Story) -> None:
    """Patch set 1 is Ann's, 2 is Ben's, on Ann's change.

    Ben: +1 on 1 is a review, +2 on 2 is own. Ann owns the change: both of hers are own (2). Cid: two reviews, +1, −1.
    That makes 3 reviews; with Ann's of change 2, which puts her into the table, 4.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(ANN, "05-11T09:00", {"Code-Review": +1})
    c.reply(BEN, "05-11T10:00", {"Code-Review": +1})
    c.reply(CID, "05-11T11:00", {"Code-Review": +1})
    c.upload(BEN, "05-12T08:00")
    c.reply(ANN, "05-12T09:00", {"Code-Review": +1})
    c.reply(BEN, "05-12T10:00", {"Code-Review": +2})
    c.reply(CID, "05-12T11:00", {"Code-Review": -1})
    community.change(DEE, "05-12T08:00").reply(ANN, "05-12T12:00", text="Why so?")
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["own"]) == (PLUS1, 1)
    assert (told.reviews(ANN), told[ANN]["own"]) == (ZERO, 2)
    assert (told.reviews(CID), told[CID]["own"]) == ((0, 1, 0, 1, 0), 0)
    assert told.totals["reviews"] == 4


def test_own_counts_patch_sets_and_no_rechecks(community: Story) -> None:
    """Ann speaks twice on her patch set 1, once on 2, and only rechecks 3: own = 2."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(ANN, "05-11T09:00", text="This is the first half.")
    c.reply(ANN, "05-11T10:00", {"Code-Review": +1})
    c.upload(ANN, "05-12T08:00")
    c.reply(ANN, "05-12T09:00", comments=[("lamp.c", "Done")])
    c.upload(ANN, "05-13T08:00")
    c.reply(ANN, "05-13T09:00", text="recheck")
    community.change(BEN, "05-13T08:00").reply(ANN, "05-13T12:00", {"Code-Review": +1})
    assert community.ask("reviewers", *WEEK)[ANN]["own"] == 2


def test_a_rebase_on_behalf_of_the_owner_does_not_make_its_clicker_an_uploader(community: Story) -> None:
    """Patch set 2 is uploaded for Ann; Ben clicked. His +2 on it is a review, and the rebase is none."""
    c = community.change(ANN, "05-11T08:00")
    message = f"Patch Set 2: Patch Set 1 was rebased on behalf of {ANN.printed()}"
    c.upload(ANN, "05-12T08:00", message, f"Real-user: {BEN.ident}")
    c.reply(BEN, "05-12T09:00", {"Code-Review": +2})
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["own"], told.totals["reviews"]) == (PLUS2, 0, 1)


def test_a_vote_on_behalf_of_somebody_is_that_persons(community: Story) -> None:
    """Cid (a script's account) clicked, the vote is Ben's: one review, by Ben."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +1}, "", f"Real-user: {CID.ident}")
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(CID), told.totals["reviews"]) == (PLUS1, NONE, 1)


# -- state that is no act ----------------------------------------------------------------------------------------------


def test_copied_votes_are_no_acts(community: Story) -> None:
    """Ben's +2 is on patch set 1; the server copies it to 2 (footer) and 3 (list in the message): one review, not
    three.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +2})
    c.upload(ANN, "05-12T08:00", "", f"Copied-Label: Code-Review=+2, 0123456789 {BEN.ident}")
    lists = (
        'Copied Votes:\n* Code-Review+2 (copy condition: "changekind:TRIVIAL_REBASE")\n\n'
        'Outdated Votes:\n* Verified+1 (copy condition: "changekind:NO_CHANGE")'
    )
    c.upload(
        ANN,
        "05-13T08:00",
        f"Patch Set 3: Patch Set 2 was rebased\n\n{lists}",
        f"Copied-Label: Code-Review=+2, 0123 {BEN.ident}",
    )
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(ANN), told.totals["reviews"]) == (PLUS2, NONE, 1)


def test_votes_an_old_server_copied_as_label_footers_are_no_acts(community: Story) -> None:
    """The commit of patch set 2 carries `Label: Code-Review=+2` of Ben, who voted on 1 only: one review."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +2})
    c.upload(ANN, "05-12T08:00", "", f"Label: Code-Review=+2 {BEN.ident}")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS2


def test_a_list_of_copied_votes_under_a_reply_says_nothing(community: Story) -> None:
    """Ben's vote on the old patch set 1 updates copies: his one review. Cid's list alone, without words, is none."""
    c = community.change(ANN, "05-11T08:00")
    c.upload(ANN, "05-12T08:00")
    copies = "Copied votes on follow-up patch sets have been updated:\n* Code-Review+1 has been copied to patch set 2"
    c.reply(BEN, "05-13T08:00", {"Code-Review": +1}, text=copies, patch_set=1)
    c.reply(CID, "05-13T09:00", {"Verified": +1}, text=copies, patch_set=1)
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(CID), told.totals["reviews"]) == (PLUS1, NONE, 1)


def test_votes_put_again_at_submit_are_no_acts(community: Story) -> None:
    """Ben's +2 on patch set 1 is put again on patch set 2, which the submit makes: one review; Cid, who submits, has
    none.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +2, "Workflow": +1})
    again = [f"Label: Code-Review=+2, 0123456789 {BEN.ident}", f"Label: Workflow=+1, 0123456789 {BEN.ident}"]
    c.merge(CID, "05-12T08:00", *again, rebased=True)
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["approve"]) == (PLUS2, 1)
    assert (told.reviews(CID), told.totals["reviews"]) == (NONE, 1)


@pytest.mark.parametrize("tag", ["newPatchSet", ""])
def test_patch_set_4_patch_set_3_was_rebased_is_no_review(community: Story, tag: str) -> None:
    """Ben rebases Ann's change: an upload, whether the server tagged it (new) or not (2014): 0 reviews, 2 uploads."""
    c = community.change(ANN, "05-11T08:00")
    c.upload(BEN, "05-12T08:00", "Patch Set 2: Patch Set 1 was rebased", tag=tag)
    told = community.ask("reviewers", *WEEK)
    assert (told.totals["reviews"], told.totals["patch_sets"]) == (0, 2)


# -- taken back --------------------------------------------------------------------------------------------------------


def test_a_vote_taken_back_leaves_a_0_in_the_week_of_the_act(community: Story) -> None:
    """+1 on Tuesday, taken back on Wednesday: 0 in this week, none in the next (taking back is no act)."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": +1})
    c.takes_back(BEN, "05-13T08:00")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == ZERO
    assert community.ask("reviewers", *NEXT).reviews(BEN) == NONE


def test_a_vote_taken_back_next_week_stands_this_week(community: Story) -> None:
    """+1 on Tuesday, taken back the Tuesday after: this week +1, next week none, both weeks together 0."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": +1})
    c.takes_back(BEN, "05-19T08:00")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1
    assert community.ask("reviewers", *NEXT).reviews(BEN) == NONE
    assert community.ask("reviewers", "05-11", "05-25").reviews(BEN) == ZERO


def test_taking_back_one_patch_sets_vote_leaves_the_others(community: Story) -> None:
    """+1 on patch sets 1 and 2, the one on 1 taken back after 2 was there: a 0 and a +1."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": +1})
    c.upload(ANN, "05-12T09:00")
    c.reply(BEN, "05-12T10:00", {"Code-Review": +1})
    c.takes_back(BEN, "05-13T08:00", patch_set=1)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == (0, 0, 1, 1, 0)


def test_voting_again_after_taking_back(community: Story) -> None:
    """−1, taken back, +2: one review, of +2."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": -1})
    c.takes_back(BEN, "05-13T08:00")
    c.reply(BEN, "05-14T08:00", {"Code-Review": +2})
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS2


# -- removed by others -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("spelled", ["", "number", "mail"])
def test_a_vote_removed_by_somebody_leaves_a_0(community: Story, spelled: str, listed: bool) -> None:
    """Ben and Cid both gave −2, Dee removed Ben's: a 0 for Ben, a −2 for Cid, nothing for Dee."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": -2})
    c.reply(CID, "05-11T10:00", {"Code-Review": -2})
    c.removes_vote(DEE, "05-12T08:00", BEN, "Code-Review-2", spelled=spelled, listed=listed)
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(CID), told.reviews(DEE)) == (ZERO, MINUS2, NONE)


@pytest.mark.parametrize("spelled", ["", "number", "mail"])
def test_removing_a_reviewer_removes_the_listed_votes(community: Story, spelled: str) -> None:
    """Ben gave +2 and Workflow+1; Dee removed him: a 0 and no +A. Cid's +2 stays."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +2, "Workflow": +1})
    c.reply(CID, "05-11T10:00", {"Code-Review": +2})
    c.removes_reviewer(DEE, "05-12T08:00", BEN, ["Code-Review+2", "Workflow+1"], spelled)
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["approve"], told.reviews(CID)) == (ZERO, 0, PLUS2)


def test_a_removed_reviewer_without_votes_changes_nothing(community: Story) -> None:
    """Ben only commented; being removed afterwards leaves his review of 0."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", text="Why?")
    c.removes_reviewer(DEE, "05-12T08:00", BEN)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == ZERO


@pytest.mark.parametrize(("removed", "value"), [("05-17T23:59:59", ZERO), ("05-18T00:00", PLUS1), ("05-20", PLUS1)])
def test_a_vote_removed_after_the_period_still_stands_in_it(
    community: Story, removed: str, value: tuple[int, ...]
) -> None:
    """The period ends before 05-18T00:00: removed a second earlier it is a 0; then or later, this week's table says
    +1.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +1})
    c.removes_vote(DEE, removed, BEN, "Code-Review+1")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == value


def test_a_vote_removed_where_two_people_have_the_name(community: Story) -> None:
    """Two people are called Ben Birch; the address in the message says whose +1 went: Ben's, not the namesake's."""
    other = Account(7, "Ben Birch", "birch@elsewhere.example")
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +1})
    c.reply(other, "05-11T10:00", {"Code-Review": +1})
    c.removes_vote(DEE, "05-12T08:00", BEN, "Code-Review+1", spelled="mail")
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(other)) == (ZERO, PLUS1)


def test_a_move_of_the_destination_branch_drops_votes(community: Story) -> None:
    """The server drops Ben's +1 when Ann moves the change; no message says so, only footers do. It leaves a 0."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +1})
    c.moves("05-12T08:00", "stable/2", f"Label: -Code-Review {BEN.ident}")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == ZERO


def test_a_move_drops_what_its_footers_say_and_when(community: Story) -> None:
    """Moved next week: this week Ben's +1 stands, of both weeks together it leaves a 0. Cid's −2 is kept."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": +1})
    c.reply(CID, "05-11T10:00", {"Code-Review": -2})
    c.moves("05-19T08:00", "stable/2", f"Label: -Code-Review {BEN.ident}")
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(CID)) == (PLUS1, MINUS2)
    told = community.ask("reviewers", "05-11", "05-25")
    assert (told.reviews(BEN), told.reviews(CID)) == (ZERO, MINUS2)


# -- votes again -------------------------------------------------------------------------------------------------------


def test_a_second_vote_replaces_the_first(community: Story) -> None:
    """−1 on Monday, +2 on Wednesday, same patch set: one review, +2."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": -1})
    c.reply(BEN, "05-13T09:00", {"Code-Review": +2})
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS2


def test_a_second_vote_after_the_end_of_the_period(community: Story) -> None:
    """−1 this week, +2 the next: each week its own; both weeks together one review, +2."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-17T23:59:59", {"Code-Review": -1})
    c.reply(BEN, "05-18T00:00:00", {"Code-Review": +2})
    assert community.ask("reviewers", *WEEK).reviews(BEN) == MINUS1
    assert community.ask("reviewers", *NEXT).reviews(BEN) == PLUS2
    assert community.ask("reviewers", "05-11", "05-25").reviews(BEN) == PLUS2


def test_the_same_vote_given_again_is_in_the_week_it_was_given_again(community: Story) -> None:
    """+1 this week and +1 again the next: the standing vote is the later one, so that next week has a review too."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": +1})
    c.reply(BEN, "05-19T08:00", {"Code-Review": +1})
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS1
    assert community.ask("reviewers", *NEXT).reviews(BEN) == PLUS1


def test_this_weeks_plus_2_after_last_weeks_comment(community: Story) -> None:
    """A comment last week, +2 this week: last week's table says 0 and stays so; this week's says +2."""
    c = community.change(ANN, "05-05T08:00")
    c.reply(BEN, "05-06T08:00", comments=[(LEVEL, "Looking at it.")])
    assert community.ask("reviewers", *LAST).reviews(BEN) == ZERO
    c.reply(BEN, "05-12T08:00", {"Code-Review": +2})
    assert community.ask("reviewers", *WEEK).reviews(BEN) == PLUS2
    assert community.ask("reviewers", *LAST).reviews(BEN) == ZERO


def test_this_weeks_comment_after_last_weeks_vote(community: Story) -> None:
    """A +1 last week still stands; a comment this week decides nothing anew: the review is last week's."""
    c = community.change(ANN, "05-05T08:00")
    c.reply(BEN, "05-06T08:00", {"Code-Review": +1})
    c.reply(BEN, "05-12T08:00", text="And thank you.")
    assert community.ask("reviewers", *LAST).reviews(BEN) == PLUS1
    assert community.ask("reviewers", *WEEK).reviews(BEN) == NONE


def test_a_comment_after_the_vote_was_taken_back(community: Story) -> None:
    """+1 last week, taken back and commented on this week: no vote stands, the latest act decides: this week a 0."""
    c = community.change(ANN, "05-05T08:00")
    c.reply(BEN, "05-06T08:00", {"Code-Review": +1})
    c.reply(BEN, "05-12T08:00", {"Code-Review": 0}, text="I was wrong, this leaks.")
    assert community.ask("reviewers", *WEEK).reviews(BEN) == ZERO
    assert community.ask("reviewers", *LAST).reviews(BEN) == PLUS1


def test_votes_on_old_patch_sets_belong_to_those(community: Story) -> None:
    """After patch set 2, Ben votes −1 on 1 and +1 on 2: two reviews. A later −2 on 1 changes only the first."""
    c = community.change(ANN, "05-11T08:00")
    c.upload(ANN, "05-11T09:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": -1}, patch_set=1)
    c.reply(BEN, "05-12T09:00", {"Code-Review": +1}, patch_set=2)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == (0, 1, 0, 1, 0)
    c.reply(BEN, "05-12T10:00", {"Code-Review": -2}, patch_set=1)
    assert community.ask("reviewers", *WEEK).reviews(BEN) == (1, 0, 0, 1, 0)


# -- the first line ----------------------------------------------------------------------------------------------------


def test_several_labels_in_one_line(community: Story) -> None:
    """`Code-Review+2 Verified+1 Workflow+1` is one review of +2 and one +A."""
    community.change(ANN, "05-11T08:00").reply(BEN, "05-12T08:00", {"Code-Review": +2, "Verified": +1, "Workflow": +1})
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["approve"]) == (PLUS2, 1)


def test_one_label_taken_back_and_one_given_in_one_line(community: Story) -> None:
    """`-Workflow Code-Review-1` after `Code-Review+2 Workflow+1`: −1, and the +A is gone."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Code-Review": +2, "Workflow": +1})
    c.reply(BEN, "05-13T08:00", {"Workflow": 0, "Code-Review": -1})
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["approve"]) == (MINUS1, 0)


def test_other_labels_alone_are_no_review(community: Story) -> None:
    """Ben's Verified+1 and Cid's Backport-Candidate+2, without words: 0 reviews."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Verified": +1})
    c.reply(CID, "05-12T09:00", {"Backport-Candidate": +2})
    assert community.ask("reviewers", *WEEK).totals["reviews"] == 0


def test_votes_only_stand_at_the_beginning_of_the_first_line(community: Story) -> None:
    """`Code-Review+2` in the text, or behind other words in the first line, is talk. Ben: 0. Cid's line is no reply."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", text="Code-Review+2 if you fix the typo.")
    c.event(CID, "05-12T09:00", "Patch Set 1: Cherry Picked Code-Review+2")
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told.reviews(CID)) == (ZERO, NONE)


def test_a_vote_in_the_line_that_brings_a_patch_set(community: Story) -> None:
    """Ben uploads patch set 2 with a vote (`%l=Code-Review+1`): his own patch set, so no review, but own = 1."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-11T09:00", {"Code-Review": -1})
    c.upload(BEN, "05-12T08:00", "Uploaded patch set 2: Code-Review+1.", "Label: Code-Review=+1, 0123456789")
    told = community.ask("reviewers", *WEEK)
    assert (told.reviews(BEN), told[BEN]["own"]) == (MINUS1, 1)


@pytest.mark.parametrize(
    ("first_line", "values", "approve"),
    [
        ("Looks good to me, approved", PLUS2, 0),
        ("Looks good to me, but someone else must approve", PLUS1, 0),
        ("I would prefer that you didn't submit this", MINUS1, 0),
        ("I would prefer that you didn't merge this", MINUS1, 0),
        ("Do not submit", MINUS2, 0),
        ("Do not merge", MINUS2, 0),
        ("Looks good to me, approved; Approved", PLUS2, 1),
        ("Verified; Looks good to me, approved", PLUS2, 0),
        ("Works for me; Looks good to me, but someone else must approve", PLUS1, 0),
        ("I would prefer that you didn't submit this; Fails", MINUS1, 0),
        ("(3 inline comments)", ZERO, 0),
        ("I would prefer that you didn't submit this (3 inline comments)", MINUS1, 0),
        ("Approved", NONE, 1),
        ("Verified", NONE, 0),
    ],
)
def test_texts_of_servers_before_2013(community: Story, first_line: str, values: tuple[int, ...], approve: int) -> None:
    """The first line says in words what later is `Code-Review+2`; comments alone are a 0; other labels alone none."""
    c = community.change(ANN, "2012-05-07T08:00")
    c.event(BEN, "2012-05-08T08:00", f"Patch Set 1: {first_line}")
    told = community.ask("reviewers", "2012-05-07", "2012-05-14")
    assert told.reviews(BEN) == values
    row = told.row(BEN)
    assert (row["approve"] if row else 0) == approve


def test_no_score_takes_back_in_2012(community: Story) -> None:
    """`I would prefer …` and then `No score`: a 0."""
    c = community.change(ANN, "2012-05-07T08:00")
    c.event(BEN, "2012-05-08T08:00", "Patch Set 1: I would prefer that you didn't submit this")
    c.event(BEN, "2012-05-08T09:00", "Patch Set 1: No score")
    assert community.ask("reviewers", "2012-05-07", "2012-05-14").reviews(BEN) == ZERO


def test_words_under_an_old_first_line(community: Story) -> None:
    """The vote is in the first line, `Do not submit` in the text is talk: +1."""
    c = community.change(ANN, "2012-05-07T08:00")
    line = "Patch Set 1: Looks good to me, but someone else must approve"
    c.event(BEN, "2012-05-08T08:00", f"{line}\n\nDo not submit before the freeze.")
    assert community.ask("reviewers", "2012-05-07", "2012-05-14").reviews(BEN) == PLUS1


def test_a_reviewer_removed_by_a_reply_loses_the_votes_on_the_newest_patch_set(community: Story) -> None:
    """The reply says nothing of it, only its footer does: Cid's −1 on patch set 2 is a 0 then, the one on 1 stays."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(CID, "05-11T09:00", {"Code-Review": -1})
    c.upload(ANN, "05-12T08:00")
    c.reply(CID, "05-12T09:00", {"Code-Review": -1})
    c.reply(BEN, "05-12T10:00", None, "Cid is on leave.", f"Removed: {CID.ident}")
    told = community.ask("reviewers", *WEEK)
    assert told.reviews(CID) == (0, 1, 1, 0, 0)
    assert told.reviews(BEN) == (0, 0, 1, 0, 0)
