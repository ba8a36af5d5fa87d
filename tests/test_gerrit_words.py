"""What people and machines say on a real Gerrit: messages and comments are the same over REST and over git."""

import time
from pathlib import Path
from typing import Any

from tests.gerrit.collecting import BothWays, equal_over_both_ways
from tests.gerrit.people import LEVEL, Person
from tests.gerrit.town import Town
from tests.gerrit.workshop import Change


def another_second() -> None:
    """Gerrit's comments know the second they were published in, and no more: wait for the next one."""
    time.sleep(1.001 - time.time() % 1)


def comments(person: Person, change: Change) -> dict[str, dict[str, Any]]:
    """Text -> what the server says of the comment, and the path it is on."""
    found = person.get(f"/changes/{change.id}/comments")
    return {one["message"]: {**one, "path": path} for path, those in found.items() for one in those}


def answer(person: Person, change: Change, to: str, text: str, *, unresolved: bool) -> None:
    """Reply to the comment with the text `to`, where it is."""
    parent = comments(person, change)[to]
    said = {"in_reply_to": parent["id"], "message": text, "unresolved": unresolved}
    said |= {"line": parent["line"]} if "line" in parent else {}
    path = f"/changes/{change.id}/revisions/{parent['patch_set']}/review"
    person.post(path, {"comments": {parent["path"]: [said]}})


def test_words_without_a_vote(gerrit: Town, tmp_path: Path) -> None:
    """A reply, a patch-set-level comment and an inline comment each count; so does a comment with a vote of zero."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("words/comments")
    change = ann.push(project, "Say something", files={"lamp.txt": "One\nTwo\n"})
    ben.review(change, message="Why?")
    another_second()
    ben.review(change, comments=[(LEVEL, 0, "How?", True)])
    another_second()
    ben.review(
        change,
        comments=[("lamp.txt", 2, "Who?", True), ("lamp.txt", 0, "Where?", False), ("/COMMIT_MSG", 1, "!", False)],
    )
    ann.review(change, message="Because.")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.said(change) == [
        ("ann", 1, "upload", 0),
        ("ben", 1, "comment", 1),
        ("ben", 1, "comment", 1),
        ("ben", 1, "comment", 1),
        ("ann", 1, "comment", 1),
    ]
    assert set(both.rest.of(change, "comments", "path, line, text, unresolved, resolved, message_seq")) == {
        ("/COMMIT_MSG", 1, "!", 0, 1, 3),
        (LEVEL, None, "How?", 1, 0, 2),
        ("lamp.txt", None, "Where?", 0, 1, 3),
        ("lamp.txt", 2, "Who?", 1, 0, 3),
    }
    assert {name: (row["reviews"], row["comment"]) for name, row in both.reviews().items()} == {"Ben Birch": (1, 1)}


def test_recheck_is_no_review(gerrit: Town, tmp_path: Path) -> None:
    """As a message, as a patch-set-level comment as browsers send it, and in both; but words beside it are."""
    ann, ben, cid, eve, zoe = map(gerrit.person, ("ann", "ben", "cid", "eve", "zoe"))
    project = gerrit.project("words/recheck")
    change = ann.push(project, "Once more")
    cid.review(change, message="recheck")
    eve.review(change, comments=[(LEVEL, 0, "recheck bug 12", False)])
    zoe.review(change, message="recheck", comments=[(LEVEL, 0, "recheck", False)])
    ben.review(change, comments=[(LEVEL, 0, "recheck", False), (LEVEL, 0, "This is why.", False)])
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert [kind for _, _, kind, _ in both.said(change)] == ["upload", "recheck", "recheck", "recheck", "comment"]
    assert {name: row["reviews"] for name, row in both.reviews().items()} == {"Ben Birch": 1}


def test_threads_resolved_and_unresolved(gerrit: Town, tmp_path: Path) -> None:
    """The last word says, whoever has it and on whatever patch set the thread is."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("words/threads")
    change = ann.push(project, "Discuss", files={"lamp.txt": "One\nTwo\n"})
    ben.review(
        change,
        {"Code-Review": -1},
        comments=[("lamp.txt", 1, "Wrong", True), ("lamp.txt", 2, "Odd", True), (LEVEL, 0, "Hm", True)],
    )
    ann.amend(change)
    another_second()
    answer(ann, change, "Wrong", "Done", unresolved=False)
    answer(ann, change, "Odd", "Is it", unresolved=False)
    another_second()
    answer(ben, change, "Is it", "It is", unresolved=True)
    both = equal_over_both_ways(tmp_path, gerrit, project)
    rows = both.rest.of(change, "comments", "text, thread_uuid = uuid, unresolved, resolved, patch_set")
    assert sorted(rows) == [
        ("Done", 0, 0, 1, 1),
        ("Hm", 1, 1, 0, 1),
        ("Is it", 0, 0, 0, 1),
        ("It is", 0, 1, 0, 1),
        ("Odd", 1, 1, 0, 1),
        ("Wrong", 1, 1, 1, 1),
    ]
    assert [(who, kind) for who, _, kind, _ in both.said(change)][-3:] == [
        ("ann", "comment"),
        ("ann", "comment"),
        ("ben", "comment"),
    ]


def test_machines_say_so_with_tags(gerrit: Town, tmp_path: Path) -> None:
    """Autogenerated by anything but Gerrit is CI's; another tag is a person's."""
    ann, ben, ci, project = *map(gerrit.person, ("ann", "ben", "lantern-ci")), gerrit.project("words/tags")
    change = ann.push(project, "Build me")
    ci.review(change, {"Verified": 1}, "Build succeeded.", tag="autogenerated:zuul:check")
    ci.review(change, comments=[(LEVEL, 0, "One warning.", False)], tag="autogenerated:zuul:check")
    ben.review(change, {"Code-Review": 1}, "From my mail.", tag="mailMessageId=1")
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.rest.of(change, "messages", "who, kind, act, tag") == [
        ("ann", "upload", 0, "autogenerated:gerrit:newPatchSet"),
        ("lantern-ci", "ci", 0, "autogenerated:zuul:check"),
        ("lantern-ci", "ci", 0, "autogenerated:zuul:check"),
        ("ben", "comment", 1, "mailMessageId=1"),
    ]


def test_words_in_any_script(gerrit: Town, tmp_path: Path) -> None:
    """Names, subjects, files, words beyond ASCII; several lines; what looks like a vote and is none."""
    zoe, ben, project = gerrit.person("zoe"), gerrit.person("ben"), gerrit.project("words/scripts")
    change = zoe.push(project, "Zünde die Lampe an 🏮", files={"größe/lampe ü.txt": "Eins\n"})
    ben.review(change, message="Schön, 漂亮!\n\nCode-Review+2 sagt Zoë\n\n> Patch Set 1: Verified-1\n\nPatch-set: 7")
    ben.review(change, comments=[("größe/lampe ü.txt", 1, 'Größer?\n\n"<b>&amp;\t', True)])
    both = equal_over_both_ways(tmp_path, gerrit, project)
    assert both.votes(change) == []
    assert both.change(change, "subject") == ("Zünde die Lampe an 🏮",)
    assert both.rest.of(change, "comments", "path, text") == [("größe/lampe ü.txt", 'Größer?\n\n"<b>&amp;\t')]
    assert both.rest.rows("SELECT name FROM accounts WHERE username = 'zoe'") == [("Zoë Żywiec",)]


def test_a_deleted_message(gerrit: Town, tmp_path: Path) -> None:
    """History is rewritten: what was said is gone, and the vote that was said with it; the rest is as it was."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("words/deleted")
    change = ann.push(project, "Unsay it")
    ben.review(change, {"Code-Review": 1}, "Something rude.")
    ben.review(change, message="Something kind.", comments=[(LEVEL, 0, "And more.", False)])
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    rude = next(one for one in ben.get(f"/changes/{change.id}/messages") if "rude" in one["message"])
    gerrit.admin.post(f"/changes/{change.id}/messages/{rude['id']}/delete", {"reason": "Rude."})
    assert "1 of 1 changes read" in both.collect()
    texts = [text for (text,) in both.rest.of(change, "messages", "text")]
    assert len(texts) == 3
    assert "rude." not in texts[1]
    assert both.votes(change) == both.copies(change) == []
    assert both.rest.of(change, "comments", "text") == [("And more.",)]
    ben.review(change, message="Anyway.")
    both.collect()


def test_a_deleted_comment(gerrit: Town, tmp_path: Path) -> None:
    """An administrator takes its words away, though nothing else moved: they are read again."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("words/uncomment")
    change = ann.push(project, "Uncomment", files={"lamp.txt": "One\n"})
    ben.review(change, comments=[("lamp.txt", 1, "My password is lantern", True), (LEVEL, 0, "Fine.", False)])
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    secret = comments(ben, change)["My password is lantern"]
    path = f"/changes/{change.id}/revisions/1/comments/{secret['id']}/delete"
    gerrit.admin.post(path, {"reason": "It holds a secret."})
    both.collect()
    texts = [text for (text,) in both.rest.of(change, "comments", "text")]
    assert len(texts) == 2
    assert not any("lantern" in text for text in texts)


def test_more_is_said_later(gerrit: Town, tmp_path: Path) -> None:
    """Comments that are held are not asked for again while nobody commented; a new one is read with its thread."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("words/later")
    change = ann.push(project, "Slowly", files={"lamp.txt": "One\n"})
    ben.review(change, comments=[("lamp.txt", 1, "Here", True)])
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    ben.review(change, {"Code-Review": 1})
    both.collect()
    another_second()
    answer(ann, change, "Here", "There", unresolved=False)
    both.collect()
    assert sorted(both.rest.of(change, "comments", "text, resolved")) == [("Here", 1), ("There", 1)]
