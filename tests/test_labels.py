"""Which labels mean what is configured: here votes on Review are reviews, on Merge approvals, on Build the word of CI.

Each test's text is the sum. 120 h lie between 05-13T00:00 and 05-18T00:00, the end of the week; 72 from 05-15, 48 from 05-16.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.config import examine
from bot.main import main
from collectors.rules import LABELS, Labels
from tests.story import ANN, BEN, CID, DEE, EVE, LAST, WEEK, Account, Change, Story

SAMPLE = Path(__file__).parent / "data" / "sample"
OURS = Labels(("Review",), ("Merge",), ("Build",))
TWO = Labels(("Review", "Security"), ("Merge", "Release"), ("Build", "Smoke"))
MINUS2, MINUS1, PLUS1, PLUS2, NONE = (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1), (0, 0, 0, 0, 0)
ROBOT = Account(90, "Lantern CI")
LATER = ("--since", "2027-01-01", "--until", "2028-01-01")


@pytest.fixture
def community(tmp_path: Path) -> Story:
    return Story(tmp_path, accounts=[ANN, BEN, CID, DEE, EVE, ROBOT])


def turn(community: Story, c: Change, labels: Labels = OURS) -> tuple[str, float]:
    """Whose turn a change is, and for how many hours it has been."""
    row = community.ask("waiting", *WEEK, labels=labels)[c]
    return row["waiting_on"], row["hours"]


# -- reviewers ---------------------------------------------------------------------------------------------------------


def test_a_vote_on_the_review_label_is_a_review_and_one_on_another_is_none(community: Story) -> None:
    """Ben gives Review −2, Cid Code-Review +2, which means nothing here, Dee words: two reviews, −2 and 0."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Review": -2})
    c.reply(CID, "05-12T09:00", {"Code-Review": +2})
    c.reply(DEE, "05-12T10:00", {"Code-Review": +2}, text="Why?")
    told = community.ask("reviewers", *WEEK, labels=OURS)
    assert [told.reviews(one) for one in (BEN, CID, DEE)] == [MINUS2, NONE, (0, 0, 1, 0, 0)]
    assert told.totals["reviews"] == 2


def test_an_approval_is_a_positive_vote_on_an_approval_label(community: Story) -> None:
    """Ben gives Merge +1 on two patch sets, Cid Merge −1, Dee Workflow +1, Eve Build +1: 2 for Ben, nobody else; no
    review.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Merge": +1})
    c.reply(CID, "05-12T09:00", {"Merge": -1})
    c.reply(DEE, "05-12T10:00", {"Workflow": +1})
    c.reply(EVE, "05-12T11:00", {"Build": +1})
    c.upload(ANN, "05-13T08:00")
    c.reply(BEN, "05-13T09:00", {"Merge": +1})
    told = community.ask("reviewers", *WEEK, labels=OURS)
    assert [(row["account_ids"], row["approve"], row["reviews"]) for row in told.rows] == [([BEN.number], 2, 0)]


def test_votes_beside_the_one_on_the_review_label_do_not_change_its_value(community: Story) -> None:
    """Ben's Review +2 comes with Merge −1, Build −1 and Code-Review −2: a +2."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Review": +2, "Merge": -1, "Build": -1, "Code-Review": -2})
    assert community.ask("reviewers", *WEEK, labels=OURS).reviews(BEN) == PLUS2


def test_without_an_approval_label_nobody_approves(community: Story) -> None:
    """Ben's Workflow +1 is a vote like any other."""
    community.change(ANN, "05-11T08:00").reply(BEN, "05-12T08:00", {"Workflow": +1})
    assert community.ask("reviewers", *WEEK)[BEN]["approve"] == 1
    assert community.ask("reviewers", *WEEK, labels=LABELS._replace(approval=())).row(BEN) is None


def test_of_several_review_labels_the_lowest_vote_counts(community: Story) -> None:
    """Ben +2 and then −1, Cid −2 and then +1, Dee +1 and +2: −1, −2, +1; one review each, whatever came last."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Review": +2})
    c.reply(BEN, "05-12T08:30", {"Security": -1})
    c.reply(CID, "05-12T09:00", {"Security": -2})
    c.reply(CID, "05-12T09:30", {"Review": +1})
    c.reply(DEE, "05-12T10:00", {"Review": +1, "Security": +2})
    told = community.ask("reviewers", *WEEK, labels=TWO)
    assert [told.reviews(one) for one in (BEN, CID, DEE)] == [MINUS1, MINUS2, PLUS1]


def test_of_several_review_labels_only_votes_that_stand_count(community: Story) -> None:
    """Ben takes the Security −1 back: his Review +2 is what stands; −1 was so as of 05-13."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Review": +2, "Security": -1})
    c.takes_back(BEN, "05-13T08:00", "Security")
    assert community.ask("reviewers", "05-11", "05-13", labels=TWO).reviews(BEN) == MINUS1
    assert community.ask("reviewers", *WEEK, labels=TWO).reviews(BEN) == PLUS2


def test_the_review_is_of_the_time_of_the_vote_that_counts(community: Story) -> None:
    """Security −1 last week, Review +1 this week: last week's review. Equal votes: the later one's, this week's."""
    lower, equal = (community.change(ANN, "05-04T08:00") for _ in range(2))
    lower.reply(BEN, "05-05T08:00", {"Security": -1})
    lower.reply(BEN, "05-12T08:00", {"Review": +1})
    equal.reply(CID, "05-05T08:00", {"Review": -1})
    equal.reply(CID, "05-12T08:00", {"Security": -1})
    for who, last, this, both in ((BEN, MINUS1, NONE, MINUS1), (CID, MINUS1, MINUS1, MINUS1)):
        asked = [
            community.ask("reviewers", *when, labels=TWO).reviews(who) for when in (LAST, WEEK, ("05-04", "05-18"))
        ]
        assert asked == [last, this, both], who.name


def test_two_accounts_of_a_person_have_one_vote_on_each_label(community: Story) -> None:
    """On Review Ben's first account says −2, his second later +1: +1. On Security +2 stands beside it: the lowest is +1."""
    second = Account(20, "Benjamin Birch", BEN.email)
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Review": -2})
    c.reply(second, "05-12T09:00", {"Review": +1})
    c.reply(BEN, "05-12T10:00", {"Security": +2})
    assert community.ask("reviewers", *WEEK, labels=TWO).reviews(BEN) == PLUS1


@pytest.mark.parametrize("label", ["Merge", "Release"])
def test_of_several_approval_labels_each_approves_once_for_a_patch_set(community: Story, label: str) -> None:
    """Ben approves on one label or on both: one +A."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {label: +1})
    assert community.ask("reviewers", *WEEK, labels=TWO)[BEN]["approve"] == 1
    c.reply(BEN, "05-12T09:00", {"Merge": +1, "Release": +1})
    assert community.ask("reviewers", *WEEK, labels=TWO)[BEN]["approve"] == 1


# -- waiting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "vote", "expected"),
    [
        (BEN, {"Review": -1}, ("owner", 72.0)),
        (BEN, {"Merge": -1}, ("owner", 72.0)),
        (ROBOT, {"Build": -1}, ("owner", 72.0)),
        (BEN, {"Review": +1}, ("core", 72.0)),
        (BEN, {"Merge": +1}, ("reviewer", 120.0)),
        (ROBOT, {"Build": +1}, ("reviewer", 72.0)),
        (BEN, {"Code-Review": -1}, ("reviewer", 120.0)),
        (BEN, {"Workflow": -1}, ("reviewer", 120.0)),
        (ROBOT, {"Verified": -1}, ("reviewer", 120.0)),
        (BEN, {"Code-Review": +1}, ("reviewer", 120.0)),
    ],
)
def test_whose_turn_it_is(community: Story, who: Account, vote: dict[str, int], expected: tuple[str, float]) -> None:
    """Uploaded 05-13T00:00 (120 h), a vote at 05-15T00:00 (72 h): only those on a label with a meaning change anything."""
    c = community.change(ANN, "05-13T00:00")
    c.reply(who, "05-15T00:00", vote)
    assert turn(community, c) == expected


def test_words_answer_a_refusal_and_do_not_mend_a_build(community: Story) -> None:
    """Ann answers a −1 in words at 05-16T00:00: of a Review that hands it on (48 h), of a Build it does not (72 h)."""
    refused, broken = (community.change(ANN, "05-13T00:00") for _ in range(2))
    refused.reply(BEN, "05-15T00:00", {"Review": -1})
    broken.reply(BEN, "05-15T00:00", {"Build": -1})
    for c in (refused, broken):
        c.reply(ANN, "05-16T00:00", text="That is how it has to be.")
    assert [turn(community, c) for c in (refused, broken)] == [("reviewer", 48.0), ("owner", 72.0)]


def test_a_copied_vote_on_the_review_label_stands(community: Story) -> None:
    """Ben's Review −2 was copied to patch set 2 of 05-15T00:00: on the owner, 72 h. A copied Code-Review −2 is nothing."""
    for label, expected in (("Review", "owner"), ("Code-Review", "reviewer")):
        c = community.change(ANN, "05-11T08:00")
        c.upload(ANN, "05-15T00:00", "", f"Copied-Label: {label}=-2, 0123456789 {BEN.ident}")
        assert turn(community, c) == (expected, 72.0)


def test_ci_that_has_not_voted_yet_and_that_runs_again(community: Story) -> None:
    """CI votes on Build here: one change has no such vote since 05-13 (120 h), of another it was taken back at 05-16 (48 h)."""
    fresh, again = (community.change(ANN, "05-13T00:00") for _ in range(2))
    again.reply(ROBOT, "05-15T00:00", {"Build": -1})
    again.reply(ROBOT, "05-16T00:00", {"Build": 0})
    assert [turn(community, c) for c in (fresh, again)] == [("ci", 120.0), ("ci", 48.0)]
    assert turn(community, fresh, OURS._replace(ci=())) == ("reviewer", 120.0)
    assert turn(community, fresh, OURS._replace(ci=("Smoke",))) == ("reviewer", 120.0)


@pytest.mark.parametrize("label", ["Build", "Smoke"])
def test_one_vote_on_any_ci_label_is_the_word_of_ci(community: Story, label: str) -> None:
    """Change 1 has a vote on one of two CI labels at 05-15T00:00: on a reviewer, 72 h; change 2 has none: on CI, 120 h."""
    told, fresh = (community.change(ANN, "05-13T00:00") for _ in range(2))
    told.reply(ROBOT, "05-15T00:00", {label: +1})
    assert [turn(community, c, TWO) for c in (told, fresh)] == [("reviewer", 72.0), ("ci", 120.0)]


def test_words_beside_a_positive_vote_on_the_review_label_ask_nothing(community: Story) -> None:
    """Ben's words come with Review +1: on a core. With Code-Review +1 or Merge +1, which are no judgements here: on the
    owner.
    """
    for label, on in (("Review", "core"), ("Code-Review", "owner"), ("Merge", "owner")):
        c = community.change(ANN, "05-13T00:00")
        c.reply(BEN, "05-15T00:00", {label: +1}, text="Nice, one nit.")
        assert turn(community, c) == (on, 72.0), label


def test_on_reviewers_without_a_positive_review(community: Story) -> None:
    """Refused and answered, it is the reviewers' turn: not Ben's (Review +1), but Cid's (Code-Review +1), and that of Dee,
    who refused on one review label and praised on the other.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T00:00", {"Review": +1})
    c.reply(CID, "05-12T00:00", {"Code-Review": +1})
    c.reply(DEE, "05-12T00:00", {"Review": +1, "Security": -1})
    c.reply(ANN, "05-13T00:00", text="It has to be so.")
    asked = {one.name: len(community.ask("waiting", *WEEK, on=one, labels=TWO).rows) for one in (BEN, CID, DEE, ANN)}
    assert asked == {BEN.name: 0, CID.name: 1, DEE.name: 1, ANN.name: 0}


# -- other questions ---------------------------------------------------------------------------------------------------


def test_a_first_response_and_a_first_review_may_be_a_vote_on_the_review_label(community: Story) -> None:
    """Cid's Code-Review +1 two hours after the upload is neither; Ben's Review +1 after four hours is both."""
    c = community.change(ANN, "05-12T08:00")
    c.reply(CID, "05-12T10:00", {"Code-Review": +1})
    c.reply(BEN, "05-12T12:00", {"Review": +1})
    assert community.ask("first_response", *WEEK, labels=OURS)[c]["hours"] == 4.0
    new = community.ask("newcomers", *WEEK, labels=OURS)
    assert [row["person"] for row in new.rows if row["kind"] == "first_review"] == [BEN.name]


# -- another configuration ---------------------------------------------------------------------------------------------


def test_other_review_labels_read_everything_again_and_other_roles_nothing(community: Story) -> None:
    """Ben gives Review +1, Cid Code-Review +1. First Cid's message is the act, then Ben's, then both; three times a read.

    That CI votes on Build afterwards, or that labels are listed in another order, is no reason to read again.
    """
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-12T08:00", {"Review": +1})
    c.reply(CID, "05-12T09:00", {"Code-Review": +1})

    def read(labels: Labels) -> tuple[int, list[int]]:
        changes = sum(project.read for project in community.collect(labels=labels).projects)
        with closing(sqlite3.connect(community.database)) as connection:
            query = "SELECT account_id & 0xFFFFFFFF FROM messages WHERE act = 1 ORDER BY 1"
            return changes, [row[0] for row in connection.execute(query)]

    both = ("Review", "Code-Review")
    assert read(LABELS) == (1, [CID.number])
    assert read(LABELS._replace(review=("Review",))) == (1, [BEN.number])
    assert read(LABELS._replace(review=both)) == (1, [BEN.number, CID.number])
    assert read(LABELS._replace(review=both[::-1])) == (0, [BEN.number, CID.number])
    assert read(Labels(both, ("Merge",), ("Build",))) == (0, [BEN.number, CID.number])


def test_a_community_that_was_read_with_other_labels_answers_by_the_new_ones(community: Story) -> None:
    """As Review is no label of reviews at first, Ben has none; afterwards it is a +2, and the change waits on a core."""
    c = community.change(ANN, "05-11T08:00")
    c.reply(BEN, "05-15T00:00", {"Review": +2})
    assert community.ask("reviewers", *WEEK).reviews(BEN) == NONE
    assert community.ask("waiting", *WEEK)[c]["waiting_on"] == "reviewer"
    assert community.ask("reviewers", *WEEK, labels=OURS).reviews(BEN) == PLUS2
    assert community.ask("waiting", *WEEK, labels=OURS)[c]["waiting_on"] == "core"
    assert community.ask("reviewers", *WEEK).reviews(BEN) == NONE


def test_roles_come_from_the_configuration_file(tmp_path: Path) -> None:
    """They are in the database after any command, also where nothing is collected again."""

    def roles(more: str, *words: str) -> dict[str, str]:
        path = tmp_path / "config.toml"
        path.write_text(
            f'database = "db.sqlite"\n{more}\n[[gerrit]]\nname = "sample"\nurl = "https://gerrit.example.org"\n'
            f'git = "{SAMPLE}/x86-power-control.bundle"\nprojects = ["x86-power-control"]\n',
            encoding="utf-8",
        )
        result = CliRunner().invoke(main, ["--config", str(path), *words])
        assert result.exit_code == 0, result.output
        with closing(sqlite3.connect(tmp_path / "db.sqlite")) as connection:
            return dict(connection.execute("SELECT label, role FROM label_roles"))

    ours = '[labels]\nreview = ["Review", "Security"]\nci = []'
    assert roles("", "collect") == {"Code-Review": "review", "Workflow": "approval", "Verified": "ci"}
    assert roles(ours, "merged", *LATER) == {"Review": "review", "Security": "review", "Workflow": "approval"}
    assert roles("", "merged", *LATER) == {"Code-Review": "review", "Workflow": "approval", "Verified": "ci"}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("review = []", "labels.review is empty, so that no vote would be a review; name at least one label."),
        ('review = ["Verified"]', 'labels has "Verified" in review and ci; a label means one thing.'),
        ('ci = ["Build", "Build"]', 'labels.ci: "Build" is there 2 times.'),
        (
            'approval = ["Workflow+1"]',
            "labels.approval has 'Workflow+1', which is no label: a label is letters, digits",
        ),
        ('review = ["Code Review"]', "labels.review has 'Code Review', which is no label"),
        ('review = [""]', "labels.review has '', which is no label"),
        ('approval = ["Approved"]', "labels.approval has 'Approved', an old name: votes on it are kept as Workflow"),
        ('review = "Review"', "labels.review: expected `array`, got `str`, it is 'Review'."),
        ('reviews = ["Review"]', "labels.reviews is no setting; did you mean review?"),
    ],
)
def test_a_problem_is_named_with_its_place(tmp_path: Path, labels: str, expected: str) -> None:
    server = '[[gerrit]]\nname = "a"\nurl = "https://review.example.org"\nprojects = ["p"]\n'
    path = tmp_path / "c.toml"
    path.write_text(f"{server}[labels]\n{labels}\n", encoding="utf-8")
    (problem,) = examine(path)[1]
    assert problem.startswith(expected)


def test_roles_that_are_not_configured_are_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[labels]\nci = ["Build"]\n', encoding="utf-8")
    loaded, _ = examine(path)
    assert loaded
    assert loaded.config.labels.roles == Labels(("Code-Review",), ("Workflow",), ("Build",))
