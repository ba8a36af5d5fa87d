"""What becomes of changes on a real Gerrit, besides words and votes: the same over REST and over git."""

from pathlib import Path

import pytest

from tests.gerrit.collecting import BothWays, differences, equal_over_both_ways
from tests.gerrit.people import LEVEL, Refused
from tests.gerrit.town import Town


def test_work_in_progress_by_the_buttons(gerrit: Town, tmp_path: Path) -> None:
    ann, cid, project = gerrit.person("ann"), gerrit.person("cid"), gerrit.project("states/wip")
    change = ann.push(project, "Not yet")
    ann.post(f"/changes/{change.id}/wip", {"message": "Not before noon."})
    cid.post(f"/changes/{change.id}/ready", {"message": "It is noon."})
    cid.post(f"/changes/{change.id}/wip")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.events(change) == [("ann", "wip", "1"), ("cid", "wip", "0"), ("cid", "wip", "1")]
    assert both.change(change, "wip, status") == (1, "NEW")
    assert {kind for _, _, kind, _ in both.said(change)} == {"upload", "event"}


def test_work_in_progress_by_pushes(gerrit: Town, tmp_path: Path) -> None:
    """One stays as it is with a push that says nothing of it."""
    ann, project = gerrit.person("ann"), gerrit.project("states/wip-push")
    change = ann.push(project, "Sketch", options=("wip",))
    ann.amend(change)
    ann.amend(change, options=("ready",))
    ann.amend(change)
    ann.amend(change, options=("wip",))
    other = ann.push(project, "Still a sketch", options=("wip",))
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.events(change) == [("ann", "wip", "1"), ("ann", "wip", "0"), ("ann", "wip", "1")]
    assert both.events(other) == [("ann", "wip", "1")]


def test_ready_by_a_reply(gerrit: Town, tmp_path: Path) -> None:
    """The server writes its sentence for it, with comments and without; what is said afterwards does not change when."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/wip-reply")
    silent, remark = (ann.push(project, subject, options=("wip",)) for subject in ("Silently", "With a remark"))
    ann.review(silent, ready=True)
    ann.review(remark, comments=[(LEVEL, 0, "Now.", False)], ready=True)
    for change in (silent, remark):
        ben.review(change, message="I see.")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.events(silent) == both.events(remark) == [("ann", "wip", "1"), ("ann", "wip", "0")]


def test_ready_by_a_reply_with_words_is_known_late(gerrit: Town, tmp_path: Path) -> None:
    """No browser does that. No message tells of it: REST knows how the change is now, and dates it by the last message."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/wip-words")
    ready, back, twice = (ann.push(project, subject, options=("wip",)) for subject in ("Ready", "Back", "Twice"))
    ann.review(ready, message="Have a look.", ready=True)
    ann.post(f"/changes/{back.id}/ready")
    ann.review(back, message="Not yet.", ready=False)
    ann.review(twice, message="Have a look.", ready=True)
    ann.review(twice, message="Not yet.", ready=False)
    for change in (ready, back, twice):
        ben.review(change, message="I see.")
    both = BothWays(tmp_path, gerrit, project)
    both.rest.collect()
    both.git.collect()
    assert differences(both.rest.database, both.git.database).keys() == {"events"}
    assert [[value for _, _, value in both.events(one)] for one in (ready, back, twice)] == [
        ["1", "0"],
        ["1", "0", "1"],
        ["1"],
    ]
    assert [both.change(one, "wip") for one in (ready, back, twice)] == [(0,), (1,), (1,)]


def test_private_and_back(gerrit: Town, tmp_path: Path) -> None:
    """Whoever owns it sees it over REST; anybody else loses sight of it, and of nothing else."""
    ann, project = gerrit.person("ann"), gerrit.project("states/private")
    change, other = ann.push(project, "In confidence", options=("private",)), ann.push(project, "In public")
    both = BothWays(tmp_path, gerrit, project)
    both.rest.collect()
    assert both.rest.rows("SELECT number FROM changes") == [(other.number,)]
    ann.delete(f"/changes/{change.id}/private")
    both.collect()
    assert both.events(change) == [("ann", "private", "1"), ("ann", "private", "0")]
    ann.post(f"/changes/{other.id}/private", {"message": "On second thought."})
    ann.post(f"/changes/{other.id}/private.delete", {"message": "No."})
    both.collect()
    assert both.events(other) == [("ann", "private", "1"), ("ann", "private", "0")]


def test_a_change_that_becomes_private_is_gone(gerrit: Town, tmp_path: Path) -> None:
    """With the next list of everything; it is there again when it is public again, with what happened meanwhile."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/hidden")
    change, _ = ann.push(project, "Once public"), ann.push(project, "Still public")
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    ann.post(f"/changes/{change.id}/private")
    assert both.rest.collect() == "1 project, 2 changes: nothing new.\n"
    assert "1 gone from the server" in both.rest.collect("--everything")
    assert both.rest.rows("SELECT number FROM changes WHERE gone_at IS NOT NULL") == [(change.number,)]
    ann.delete(f"/changes/{change.id}/private")
    ben.review(change, {"Code-Review": 1})
    both.collect()
    assert both.votes(change) == [("ben", "Code-Review", 1, 1, None)]
    assert both.change(change, "gone_at, private") == (None, 0)


def test_abandoned_and_restored(gerrit: Town, tmp_path: Path) -> None:
    """Votes stay what they were, and an abandoned change's labels, which REST then leaves out, are not asked."""
    ann, ben, cid, project = *map(gerrit.person, ("ann", "ben", "cid")), gerrit.project("states/abandoned")
    change, other = ann.push(project, "Up and down"), ann.push(project, "Down for good")
    ben.review(change, {"Code-Review": -1})
    ben.review(other, {"Code-Review": 2})
    cid.post(f"/changes/{change.id}/abandon", {"message": "Let it be."})
    ann.post(f"/changes/{change.id}/restore", {"message": "No."})
    ann.post(f"/changes/{other.id}/abandon")
    ben.review(change, {"Code-Review": 1})
    ben.review(other, message="A pity.")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.events(change) == [("cid", "status", "ABANDONED"), ("ann", "status", "NEW")]
    assert both.events(other) == [("ann", "status", "ABANDONED")]
    assert both.votes(change) == [("ben", "Code-Review", -1, 1, "revoted"), ("ben", "Code-Review", 1, 1, None)]
    assert both.votes(other) == [("ben", "Code-Review", 2, 1, None)]
    assert [both.change(one, "status") for one in (change, other)] == [("NEW",), ("ABANDONED",)]


def test_cherry_picked_to_another_branch(gerrit: Town, tmp_path: Path) -> None:
    """By the button: a change of its own that says where it is from; and its votes are its own."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/picked")
    gerrit.branch(project, "stable")
    change = ann.push(project, "Fix the hinge")
    ben.review(change, {"Code-Review": 2})
    path = f"/changes/{change.id}/revisions/current/cherrypick"
    picked = ben.post(path, {"destination": "stable", "message": "Fix the hinge\n\nOn stable."})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    rows = both.rest.rows("SELECT number, branch, cherry_pick_of, patch_set FROM changes ORDER BY number")
    assert rows == [(change.number, "master", None, 1), (picked["_number"], "stable", f"{change.number},1", 1)]
    assert both.rest.rows("SELECT count(*) FROM votes") == [(1,)]


def test_moved_to_another_branch(gerrit: Town, tmp_path: Path) -> None:
    """The votes that do not count there end; whose they were and when is the same over both ways."""
    ann, ben, ci, project = *map(gerrit.person, ("ann", "ben", "lantern-ci")), gerrit.project("states/moved")
    gerrit.branch(project, "stable")
    change = ann.push(project, "To where it belongs")
    ben.review(change, {"Code-Review": 1, "Workflow": 1})
    ci.review(change, {"Verified": 1}, tag="autogenerated:lantern-ci")
    gerrit.admin.post(f"/changes/{change.id}/move", {"destination_branch": "stable", "message": "Wrong branch."})
    ben.review(change, {"Code-Review": 2})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.events(change) == [("admin", "branch", "stable")]
    assert both.change(change, "branch, status") == ("stable", "NEW")
    assert both.votes(change) == [
        ("ben", "Code-Review", 1, 1, "moved"),
        ("ben", "Workflow", 1, 1, "moved"),
        ("lantern-ci", "Verified", 1, 1, "moved"),
        ("ben", "Code-Review", 2, 1, None),
    ]


def test_topics_and_hashtags(gerrit: Town, tmp_path: Path) -> None:
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/topic")
    pushed = ann.push(project, "With a topic", options=("topic=lamps", "hashtag=brass", "hashtag=glass"))
    change = ann.push(project, "With a topic later")
    ben.put(f"/changes/{change.id}/topic", {"topic": "wicks"})
    ben.put(f"/changes/{change.id}/topic", {"topic": "chains and hooks"})
    ben.delete(f"/changes/{change.id}/topic")
    ann.post(f"/changes/{change.id}/hashtags", {"add": ["tin", "brass"]})
    ben.post(f"/changes/{change.id}/hashtags", {"remove": ["tin"], "add": ["iron"]})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.change(pushed, "topic, hashtags") == ("lamps", "brass,glass")
    assert both.change(change, "topic, hashtags") == (None, "brass,iron")
    assert both.events(pushed) == [("ann", "topic", "lamps"), ("ann", "hashtags", "brass,glass")]
    assert both.events(change) == [
        ("ben", "topic", "wicks"),
        ("ben", "topic", "chains and hooks"),
        ("ben", "topic", ""),
        ("ann", "hashtags", "brass,tin"),
        ("ben", "hashtags", "brass,iron"),
    ]


def test_merged_and_reverted(gerrit: Town, tmp_path: Path) -> None:
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/reverted")
    change = ann.push(project, "A mistake")
    ben.review(change, {"Code-Review": 2})
    ben.submit(change)
    reverted = ann.post(f"/changes/{change.id}/revert", {"message": "Revert: a mistake\n\nIt was."})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.rest.rows("SELECT number, status, revert_of FROM changes ORDER BY number") == [
        (change.number, "MERGED", None),
        (reverted["_number"], "NEW", change.number),
    ]


def test_pushed_past_review(gerrit: Town, tmp_path: Path) -> None:
    """A commit that goes straight to the branch merges the change that it is of."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/direct")
    change = ann.push(project, "Straight")
    gerrit.git(gerrit.workshop.clone(project), "push", ben.remote(project), f"{change.commit}:refs/heads/master")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.change(change, "status, patch_set") == ("MERGED", 1)
    assert both.events(change) == [("ben", "status", "MERGED")]


def test_edited_and_rebased_in_the_browser(gerrit: Town, tmp_path: Path) -> None:
    """Patch sets that nobody pushed: a rebase, an edit that was published, a new commit message, a description."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/edited")
    change = ann.push(project, "Plain", files={"lamp.txt": "One\n"})
    other = ben.push(project, "Meanwhile")
    ben.review(change, {"Code-Review": 1})
    ben.review(other, {"Code-Review": 2})
    ben.submit(other)
    ben.post(f"/changes/{change.id}/rebase", {"on_behalf_of_uploader": True})
    ann.put(f"/changes/{change.id}/edit/lamp.txt", data="Two\n", headers={"Content-Type": "application/octet-stream"})
    ann.post(f"/changes/{change.id}/edit:publish", {})
    message = f"Fancy\n\nChange-Id: {change.change_id}\n"
    ann.put(f"/changes/{change.id}/message", {"message": message})
    ann.put(f"/changes/{change.id}/revisions/4/description", {"description": "the fancy one"})
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.change(change, "subject, patch_set") == ("Fancy", 4)
    columns = "number, (SELECT username FROM accounts WHERE id = uploader_id), real_uploader_id & 0xFFFFFFFF"
    assert both.rest.of(change, "patch_sets", columns) == [
        (1, "ann", None),
        (2, "ann", ben.number),
        (3, "ann", None),
        (4, "ann", None),
    ]
    assert both.copies(change) == [("ben", "Code-Review", 1, 2, 1)]


def test_a_deleted_change_is_gone(gerrit: Town, tmp_path: Path) -> None:
    """After a list of everything, which happens weekly by itself; it counts nowhere any more."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("states/deleted")
    change, other = ann.push(project, "Never was"), ann.push(project, "Was")
    for one in (change, other):
        ben.review(one, {"Code-Review": 1})
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    assert both.reviews()["Ben Birch"]["reviews"] == 2
    ann.delete(f"/changes/{change.id}")
    assert both.rest.collect() == "1 project, 2 changes: nothing new.\n"
    assert "1 gone from the server" in both.collect("--everything")
    assert both.collect("--everything") == "1 project, 1 change: nothing new.\n"
    assert both.reviews()["Ben Birch"]["reviews"] == 1


def test_a_change_of_another_project_with_the_same_id(gerrit: Town, tmp_path: Path) -> None:
    """A Change-Id is not one change: the same commit on two branches and in two projects is told apart."""
    ann, ben = gerrit.person("ann"), gerrit.person("ben")
    one, two = gerrit.project("states/twin-one"), gerrit.project("states/twin-two")
    gerrit.branch(one, "stable")
    first = ann.push(one, "Twin")
    path = f"/changes/{first.id}/revisions/current/cherrypick"
    second = ben.post(path, {"destination": "stable", "message": f"Twin\n\nChange-Id: {first.change_id}\n"})
    ben.review(first, {"Code-Review": 1}, comments=[(LEVEL, 0, "The first.", True)])
    both = equal_over_both_ways(tmp_path, gerrit, one, two)
    keys = both.rest.rows("SELECT number, change_key FROM changes ORDER BY number")
    assert keys == [(first.number, first.change_id), (second["_number"], first.change_id)]
    assert both.rest.rows("SELECT count(*) FROM comments") == [(1,)]
    with pytest.raises(Refused):
        gerrit.nobody.get("/changes/424242")
