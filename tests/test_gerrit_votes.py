"""Votes on a real Gerrit: what people did is what is collected, over REST and over git alike."""

from pathlib import Path

import pytest

from tests.gerrit.collecting import BothWays, equal_over_both_ways
from tests.gerrit.people import LEVEL
from tests.gerrit.town import Town


def test_votes_and_what_ends_them(gerrit: Town, tmp_path: Path) -> None:
    """A vote stands until it is given anew or taken back; each stays a row of its own, on its patch set."""
    ann, ben, cid, project = *map(gerrit.person, ("ann", "ben", "cid")), gerrit.project("votes/ends")
    change = ann.push(project, "Light the lamp")
    ben.review(change, {"Code-Review": 1})
    ben.review(change, {"Code-Review": 2}, "On second thought.")
    cid.review(change, {"Code-Review": -2})
    cid.review(change, {"Code-Review": 0})
    ann.amend(change)
    ben.review(change, {"Code-Review": 1}, patch_set=1)
    ben.review(change, {"Code-Review": -1})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("ben", "Code-Review", 1, 1, "revoted"),
        ("ben", "Code-Review", 2, 1, "revoted"),
        ("cid", "Code-Review", -2, 1, "taken back"),
        ("ben", "Code-Review", 1, 1, None),
        ("ben", "Code-Review", -1, 2, None),
    ]
    assert both.said(change) == [
        ("ann", 1, "upload", 0),
        ("ben", 1, "vote", 1),
        ("ben", 1, "comment", 1),
        ("cid", 1, "vote", 1),
        ("cid", 1, "vote", 0),
        ("ann", 2, "upload", 0),
        ("ben", 1, "vote", 1),
        ("ben", 2, "vote", 1),
    ]


def test_several_labels_in_one_reply(gerrit: Town, tmp_path: Path) -> None:
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("votes/labels")
    change = ann.push(project, "Trim the wick")
    ben.review(change, {"Code-Review": 2, "Workflow": -1}, "Wait.")
    ben.review(change, {"Code-Review": 0, "Workflow": 1})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("ben", "Code-Review", 2, 1, "taken back"),
        ("ben", "Workflow", -1, 1, "revoted"),
        ("ben", "Workflow", 1, 1, None),
    ]
    assert [(row["reviews"], row["comment"], row["approve"]) for row in both.reviews().values()] == [(1, 1, 1)]


def test_a_vote_with_the_push(gerrit: Town, tmp_path: Path) -> None:
    """The owner's own, and somebody else's who uploads the next patch set."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("votes/push")
    change = ann.push(project, "Fill in oil", options=("l=Code-Review+1",))
    ben.amend(change, options=("l=Code-Review+2", "l=Workflow+1", "m=I filled in more"))
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("ann", "Code-Review", 1, 1, None),
        ("ben", "Code-Review", 2, 2, None),
        ("ben", "Workflow", 1, 2, None),
    ]
    assert [kind for _, _, kind, _ in both.said(change)] == ["upload", "upload"]
    assert both.rest.of(change, "patch_sets", "uploader_id & 0xFFFFFFFF") == [(ann.number,), (ben.number,)]


def test_somebody_removes_a_vote(gerrit: Town, tmp_path: Path) -> None:
    """It ends on the patch set where it was removed; a vote that is put again afterwards is a new one."""
    ann, ben, cid, project = *map(gerrit.person, ("ann", "ben", "cid")), gerrit.project("votes/removed")
    change = ann.push(project, "Polish the glass")
    ben.review(change, {"Code-Review": -2, "Workflow": -1})
    cid.delete(f"/changes/{change.id}/reviewers/ben/votes/Code-Review")
    ben.review(change, {"Code-Review": -1})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("ben", "Code-Review", -2, 1, "removed"),
        ("ben", "Workflow", -1, 1, None),
        ("ben", "Code-Review", -1, 1, None),
    ]


def test_a_reviewer_is_removed_with_their_votes(gerrit: Town, tmp_path: Path) -> None:
    ann, ben, cid, zoe, project = *map(gerrit.person, ("ann", "ben", "cid", "zoe")), gerrit.project("votes/reviewer")
    change = ann.push(project, "Hang it up", options=("r=ben", "cc=eve"))
    zoe.review(change, {"Code-Review": 1, "Workflow": -1})
    ben.review(change, {"Code-Review": 2})
    cid.delete(f"/changes/{change.id}/reviewers/zoe")
    cid.delete(f"/changes/{change.id}/reviewers/eve")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("zoe", "Code-Review", 1, 1, "reviewer removed"),
        ("zoe", "Workflow", -1, 1, "reviewer removed"),
        ("ben", "Code-Review", 2, 1, None),
    ]
    assert sorted(both.reviewers(change)) == [
        ("ben", "REVIEWER", "ann"),
        ("eve", "CC", "ann"),
        ("eve", "REMOVED", "cid"),
        ("zoe", "REMOVED", "cid"),
        ("zoe", "REVIEWER", "zoe"),
    ]


def test_a_reply_removes_a_reviewer(gerrit: Town, tmp_path: Path) -> None:
    """No message says so, and their votes on the current patch set end all the same; those on older ones stay."""
    ann, ben, cid, zoe, project = *map(gerrit.person, ("ann", "ben", "cid", "zoe")), gerrit.project("votes/replied")
    change = ann.push(project, "Take them off")
    zoe.review(change, {"Code-Review": 1})
    ann.amend(change)
    zoe.review(change, {"Code-Review": -1, "Workflow": -1})
    ben.review(change, {"Code-Review": 1})
    cid.review(change, message="Not Zoë’s.", reviewers=[{"reviewer": "zoe", "state": "REMOVED"}])
    ben.review(change, message="I see.")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("zoe", "Code-Review", 1, 1, None),
        ("zoe", "Code-Review", -1, 2, "reviewer removed"),
        ("zoe", "Workflow", -1, 2, "reviewer removed"),
        ("ben", "Code-Review", 1, 2, None),
    ]
    assert (("zoe", "REMOVED", "cid")) in both.reviewers(change)


def test_two_people_of_the_same_name(gerrit: Town, tmp_path: Path) -> None:
    """Whose vote was removed is known all the same."""
    ann, cid, project = gerrit.person("ann"), gerrit.person("cid"), gerrit.project("votes/namesakes")
    kim, other = gerrit.person("kim", "Kim Kauri"), gerrit.person("kimberly", "Kim Kauri")
    change = ann.push(project, "Whose is it")
    for person in (kim, other):
        person.review(change, {"Code-Review": 1})
    cid.delete(f"/changes/{change.id}/reviewers/kimberly/votes/Code-Review")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("kim", "Code-Review", 1, 1, None),
        ("kimberly", "Code-Review", 1, 1, "removed"),
    ]


def test_votes_are_copied_on_a_trivial_rebase(gerrit: Town, tmp_path: Path) -> None:
    """A copy is state and no review; it ends when its owner votes there, and a rework copies only the lowest vote."""
    ann, ben, cid, project = *map(gerrit.person, ("ann", "ben", "cid")), gerrit.project("votes/copied")
    change = ann.push(project, "Shorten the chain")
    ben.review(change, {"Code-Review": 1, "Workflow": 1})
    cid.review(change, {"Code-Review": -2})
    other = ben.push(project, "Meanwhile")
    ben.review(other, {"Code-Review": 2})
    ben.submit(other)
    ann.amend(change, files={}, onto="master")
    ben.review(change, {"Code-Review": -1})
    ann.amend(change)
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("ben", "Code-Review", 1, 1, None),
        ("ben", "Workflow", 1, 1, None),
        ("cid", "Code-Review", -2, 1, None),
        ("ben", "Code-Review", -1, 2, None),
    ]
    assert sorted(both.copies(change)) == [
        ("ben", "Code-Review", 1, 2, 0),
        ("cid", "Code-Review", -2, 2, 1),
        ("cid", "Code-Review", -2, 3, 1),
    ]
    assert both.reviews()["Ben Birch"]["reviews"] == 2


def test_a_vote_on_an_old_patch_set_is_carried_to_the_later_ones(gerrit: Town, tmp_path: Path) -> None:
    """Each later one has it, also over a copy that is there; a vote on one in between goes on from there."""
    ann, ben, cid, project = *map(gerrit.person, ("ann", "ben", "cid")), gerrit.project("votes/onward")
    change = ann.push(project, "Count the links")
    ben.review(change, {"Code-Review": 1})
    ann.amend(change, files={})
    ann.amend(change, files={})
    cid.review(change, {"Code-Review": 2}, patch_set=1)
    cid.review(change, {"Code-Review": 1}, patch_set=2)
    ben.review(change, {"Code-Review": -1}, patch_set=1)
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [
        ("ben", "Code-Review", 1, 1, "revoted"),
        ("cid", "Code-Review", 2, 1, None),
        ("cid", "Code-Review", 1, 2, None),
        ("ben", "Code-Review", -1, 1, None),
    ]
    assert both.copies(change) == [
        ("ben", "Code-Review", 1, 2, 0),
        ("cid", "Code-Review", 2, 2, 0),
        ("ben", "Code-Review", -1, 2, 1),
        ("ben", "Code-Review", 1, 3, 0),
        ("cid", "Code-Review", 2, 3, 0),
        ("cid", "Code-Review", 1, 3, 1),
        ("ben", "Code-Review", -1, 3, 1),
    ]


def test_a_vote_that_is_taken_back_on_an_old_patch_set_takes_its_copies_along(gerrit: Town, tmp_path: Path) -> None:
    """They stood until then."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("votes/copies-end")
    change = ann.push(project, "Count them again")
    ben.review(change, {"Code-Review": 1})
    ann.amend(change, files={})
    ann.amend(change, files={})
    ben.review(change, {"Code-Review": 0}, patch_set=1)
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [("ben", "Code-Review", 1, 1, "taken back")]
    assert both.copies(change) == [("ben", "Code-Review", 1, 2, 0), ("ben", "Code-Review", 1, 3, 0)]


def test_outdated_votes_stay_where_they_were_given(gerrit: Town, tmp_path: Path) -> None:
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("votes/outdated")
    change = ann.push(project, "Blow it out")
    ben.review(change, {"Code-Review": 2, "Workflow": 1})
    ann.amend(change)
    both = equal_over_both_ways(tmp_path, gerrit, project)
    [(text,)] = both.rest.rows("SELECT text FROM messages WHERE seq = 2")
    assert "Outdated Votes:\n* Code-Review+2" in text
    assert both.votes(change) == [("ben", "Code-Review", 2, 1, None), ("ben", "Workflow", 1, 1, None)]
    assert both.copies(change) == []


def test_votes_on_behalf_of_somebody(gerrit: Town, tmp_path: Path) -> None:
    """The vote is theirs; who clicked is kept apart. So is who submits for somebody else."""
    ann, ben, zoe, project = *map(gerrit.person, ("ann", "ben", "zoe")), gerrit.project("votes/behalf")
    change = ann.push(project, "By proxy")
    ben.review(change, {"Code-Review": 1}, "Zoë said so.", on_behalf_of=zoe)
    ben.review(change, {"Code-Review": 2})
    ben.post(f"/changes/{change.id}/submit", {"on_behalf_of": "cid"})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [("zoe", "Code-Review", 1, 1, None), ("ben", "Code-Review", 2, 1, None)]
    assert both.rest.of(change, "messages", "who, really, kind") == [
        ("ann", None, "upload"),
        ("zoe", "ben", "comment"),
        ("ben", None, "vote"),
        ("cid", "ben", "event"),
    ]
    assert both.change(change, "status, submitter_id & 0xFFFFFFFF") == ("MERGED", gerrit.person("cid").number)
    assert both.reviews().keys() == {"Zoë Żywiec", "Ben Birch"}


@pytest.mark.parametrize("submit", ["REBASE_ALWAYS", "CHERRY_PICK", "MERGE_ALWAYS"])
def test_a_submit_puts_votes_again_and_nobody_reviewed(gerrit: Town, tmp_path: Path, submit: str) -> None:
    """Two reviews before the submit are two afterwards, whatever patch set the server made of it."""
    ann, ben, ci = map(gerrit.person, ("ann", "ben", "lantern-ci"))
    project = gerrit.project(f"votes/{submit.lower()}", submit)
    first = ann.push(project, "One")
    second = ann.push(project, "Two", onto=first)
    for change in (first, second):
        ci.review(change, {"Verified": 1}, "Fine.", tag="autogenerated:lantern-ci")
        ben.review(change, {"Code-Review": 2})
        ben.submit(change)
    both = equal_over_both_ways(tmp_path, gerrit, project)
    for change in (first, second):
        assert both.votes(change) == [("lantern-ci", "Verified", 1, 1, None), ("ben", "Code-Review", 2, 1, None)]
        assert both.change(change, "status, patch_set") == ("MERGED", 1 if submit == "MERGE_ALWAYS" else 2)
        assert both.events(change) == [("ben", "status", "MERGED")]
    assert {name: row["plus2"] for name, row in both.reviews().items()} == {"Ben Birch": 2}
    assert len(both.rest.ask("merged")) == 2


def test_own_votes_and_machines_are_no_reviews(gerrit: Town, tmp_path: Path) -> None:
    """CI by its tag, over REST and over ssh; a person's own change apart."""
    ann, ben, ci, project = *map(gerrit.person, ("ann", "ben", "lantern-ci")), gerrit.project("votes/own")
    change = ann.push(project, "Check this")
    ci.review(change, message="Starting.", tag="autogenerated:lantern-ci")
    ci.review(change, {"Verified": -1}, "Broken.", tag="autogenerated:lantern-ci")
    ci.review(change, {"Verified": 1}, "Fine.", tag="autogenerated:lantern-ci", comments=[(LEVEL, 0, "Log", False)])
    ann.review(change, {"Code-Review": 1}, "I like it.")
    ben.review(change, {"Code-Review": -1})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.said(change) == [
        ("ann", 1, "upload", 0),
        ("lantern-ci", 1, "ci", 0),
        ("lantern-ci", 1, "ci", 0),
        ("lantern-ci", 1, "ci", 0),
        ("ann", 1, "comment", 1),
        ("ben", 1, "vote", 1),
    ]
    assert both.rest.of(change, "votes", "who, value, machine, ended_how") == [
        ("lantern-ci", -1, 1, "revoted"),
        ("lantern-ci", 1, 1, None),
        ("ann", 1, 0, None),
        ("ben", -1, 0, None),
    ]
    assert both.rest.rows("SELECT bot FROM accounts WHERE username = 'lantern-ci'") == [("name",)]
    assert both.reviews().keys() == {"Ben Birch"}


def test_votes_over_ssh(gerrit: Town, tmp_path: Path, ssh_client: None) -> None:
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("votes/ssh")
    change = ann.push(project, "Tighten the screw")
    ben.ssh("gerrit", "review", "--code-review", "+2", "--label", "Workflow=+1", "-m", "Tight.", f"{change.number},1")
    ben.ssh("gerrit", "review", "--submit", f"{change.number},1")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == [("ben", "Code-Review", 2, 1, None), ("ben", "Workflow", 1, 1, None)]
    assert both.change(change, "status") == ("MERGED",)


def test_later_votes_are_found_by_a_poll(gerrit: Town, tmp_path: Path) -> None:
    """What was read before is replaced, not added to."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("votes/poll")
    change, other = ann.push(project, "Once"), ann.push(project, "Untouched")
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    ben.review(change, {"Code-Review": 1})
    assert "1 of 2 changes read" in both.collect()
    ben.review(change, {"Code-Review": 0})
    assert "1 of 2 changes read" in both.collect()
    assert both.votes(change) == [("ben", "Code-Review", 1, 1, "taken back")]
    assert both.votes(other) == []
    assert both.collect() == "1 project, 2 changes: nothing new.\n"
