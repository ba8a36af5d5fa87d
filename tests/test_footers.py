"""Meta commits of any content: what is read fits the database, what is not is Malformed with a reason; never else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.messages.first_line import parse_first_line
from collectors.notedb.comments import parse_comments
from collectors.notedb.commit import RawCommit, parse_commit
from collectors.problems import Malformed

GOOD = "Update patch set 3\n\nPatch Set 3: Code-Review+2\n\nPatch-set: 3\nLabel: Code-Review=+2\n"
KEYS = (
    "Patch-set", "Label", "Copied-Label", "Reviewer", "CC", "Removed", "Attention", "Submitted-with", "Real-user", "Status",
    "Private", "Work-in-progress", "Assignee", "Topic", "Commit", "Tag", "Branch", "Hashtags",
)  # fmt: skip
PIECES = st.sampled_from(
    [*KEYS, ": ", "=", "+2", "-1", "<12@id>", "<9999999999999999999@id>", "²", "3", "\n", "\n\n", "merged", "{}", "é"]
)


def raw(body: str, author: str = "7@server", at: str = "1700000000") -> RawCommit:
    return RawCommit("0" * 40, "", author, at, body)


def test_a_good_commit_is_read() -> None:
    commit = parse_commit(raw(GOOD))
    assert (commit.author, commit.at, commit.patch_set, commit.message) == (
        7,
        1700000000,
        3,
        "Patch Set 3: Code-Review+2",
    )
    assert [(vote.label, vote.value, vote.voter) for vote in commit.labels] == [("Code-Review", 2, None)]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n\nPatch-set: 3", "", "no Patch-set footer"),
        ("Patch-set: 3", "Patch-set: 99999999999999999999", "Patch-set footer is '99999999999999999999'"),
        ("Patch-set: 3", "Patch-set: ²", "Patch-set footer is '²'"),
        ("Code-Review=+2", "Code-Review", "Label footer is 'Code-Review'"),
        ("Label: ", "Reviewer: Somebody\nLabel: ", "'Somebody' names no account"),
        ("Label: ", 'Attention: {"person_ident":"x","operation":"ADD"}\nLabel: ', "'x' names no account"),
        ("Label: ", "Attention: {\nLabel: ", "Attention footer cannot be read"),
        ("Label: ", "Submitted-with: OK: Code-Review: <x@y>\nLabel: ", "names no account"),
        ("Label: ", "Status: gone\nLabel: ", "Status footer is 'gone'"),
        ("Label: ", "Private: perhaps\nLabel: ", "should be true or false"),
        ("Label: ", "Revert-of: ²\nLabel: ", "Revert-of footer is '²'"),
    ],
)
def test_a_bad_one_says_what_is_wrong(old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(Malformed) as raised:
        parse_commit(raw(GOOD.replace(old, new)))
    assert reason in str(raised.value)


def test_a_deleted_draft_is_seen_as_such() -> None:
    assert parse_commit(raw(GOOD.replace("Patch-set: 3", "Patch-set: 3 (DELETED)"))).deleted
    assert not parse_commit(raw(GOOD.replace("Patch-set: 3", "Patch-set: 3 (DRAFT)"))).deleted


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=20))
def test_any_footers_give_numbers_that_fit_or_a_reason(body: str, at: str) -> None:
    for one in (raw(body), raw(f"Update\n\nPatch-set: 1\n{body}"), raw(GOOD, at=at), raw(GOOD, author=at)):
        try:
            commit = parse_commit(one)
        except Malformed as problem:
            assert str(problem)
        else:
            numbers = [
                commit.author,
                commit.at,
                commit.patch_set,
                commit.real_author,
                *(vote.value for vote in commit.labels),
            ]
            assert all(number is None or abs(number) < 2**40 for number in numbers)


@given(st.text())
def test_any_first_line_is_read(line: str) -> None:
    for text in (line, f"Patch Set 1: {line}", f"Uploaded patch set 2{line}"):
        read = parse_first_line(text)
        assert read.patch_set is None or read.patch_set < 2**31
        assert all(abs(value) < 1000 for _, value in read.votes)


@given(st.binary(max_size=200))
def test_any_comments_are_read_or_malformed(blob: bytes) -> None:
    for content in (blob, b'{"comments":[' + blob + b"]}"):
        try:
            parse_comments(content)
        except Malformed as problem:
            assert str(problem)


@pytest.mark.parametrize("place", ["patchSetId", "id", "lineNbr"])
def test_a_number_no_database_holds_is_malformed(place: str) -> None:
    good = (
        '{"comments":[{"key":{"uuid":"u","filename":"f","patchSetId":1},"lineNbr":2,"author":{"id":3},'
        '"writtenOn":"2026-05-11T08:00:00Z","message":"m"}]}'
    )
    assert len(parse_comments(good.encode())) == 1
    with pytest.raises(Malformed, match="cannot be read"):
        parse_comments(re.sub(rf'("{place}":)\d', r"\g<1>99999999999999999999", good).encode())
