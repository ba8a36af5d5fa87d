"""The command line on the sample community: every question in every format, the contracts of JSON, clear mistakes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.main import main
from reports.question import Answer, Asked, Column
from reports.render.table import render as to_table
from reports.scope import Scope

ROOT = Path(__file__).parent.parent
WEEK = ["--week", "2026-W23"]
QUESTIONS = ("reviewers", "waiting", "newcomers", "merged", "first-response", "digest", "differences")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's configuration, with its database in a temporary place."""
    folder = tmp_path_factory.mktemp("sample")
    text = (ROOT / "examples/demo.toml").read_text(encoding="utf-8")
    text = text.replace("../demo/sample.sqlite", str(folder / "sample.sqlite")).replace("../tests", str(ROOT / "tests"))
    (folder / "demo.toml").write_text(text, encoding="utf-8")
    run = CliRunner().invoke(main, ["--config", str(folder / "demo.toml"), "collect"])
    assert run.exit_code == 0, run.output
    assert "1,003 changes read" in run.output
    return folder / "demo.toml"


def plustwo(sample: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(sample), *words])


def answer(sample: Path, *words: str) -> dict[str, Any]:
    run = plustwo(sample, *words, "--format", "json")
    assert run.exit_code == 0, run.output
    document: dict[str, Any] = json.loads(run.stdout)
    assert list(document) == ["question", "since", "until", "rows", "totals"]
    return document


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_every_question_in_every_format(sample: Path, name: str, form: str) -> None:
    run = plustwo(sample, name, *WEEK, "--format", form)
    assert run.exit_code == 0, run.output
    assert run.stdout.endswith("\n")


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_empty_period_is_answered_kindly(sample: Path, name: str) -> None:
    for form in ("table", "csv", "json", "markdown"):
        run = plustwo(sample, name, "--since", "2001-01-01", "--until", "2001-01-02", "--format", form)
        assert run.exit_code == 0, run.output


def test_the_contract_of_json(sample: Path) -> None:
    reviewers = answer(sample, "reviewers", *WEEK)
    assert (reviewers["question"], reviewers["since"], reviewers["until"]) == (
        "reviewers",
        "2026-06-01T00:00:00Z",
        "2026-06-08T00:00:00Z",
    )
    assert list(reviewers["rows"][0]) == [
        "person", "account_ids", "core", "reviews", "minus2", "minus1", "comment", "plus1", "plus2", "approve", "own",
        "disagreements", "positive_ratio",
    ]  # fmt: skip
    assert {"reviews", "reviewers", "patch_sets", "created", "merged", "abandoned"} <= set(reviewers["totals"])
    newcomers = answer(sample, "newcomers", *WEEK)
    assert {"kind", "person", "account_ids", "change", "patch_set", "at", "url", "complete"} <= set(
        newcomers["rows"][0]
    )
    waiting = answer(sample, "waiting", "--until", "2026-06-08")
    keys = {"change", "project", "subject", "owner", "waiting_on", "since", "hours", "patch_set", "url"}
    assert set(waiting["rows"][0]) == keys
    assert {row["waiting_on"] for row in waiting["rows"]} <= {"reviewer", "core", "owner", "ci"}


def test_values_add_up_to_reviews_and_rows_to_totals(sample: Path) -> None:
    document = answer(sample, "reviewers", "--since", "2015-01-01", "--until", "2026-09-01")
    parts = ("minus2", "minus1", "comment", "plus1", "plus2")
    for row in document["rows"]:
        assert sum(int(str(row[part])) for part in parts) == row["reviews"]
    assert sum(int(str(row["reviews"])) for row in document["rows"]) == document["totals"]["reviews"]


def test_csv_and_json_and_table_say_the_same(sample: Path) -> None:
    document = answer(sample, "reviewers", *WEEK)
    rows = list(csv.DictReader(io.StringIO(plustwo(sample, "reviewers", *WEEK, "--format", "csv").stdout)))
    assert [(row["person"], row["reviews"]) for row in rows] == [
        (row["person"], str(row["reviews"])) for row in document["rows"]
    ]
    table = plustwo(sample, "reviewers", *WEEK).stdout
    assert all(str(row["person"]) in table for row in document["rows"])


def test_team_project_and_person_narrow_the_answer(sample: Path) -> None:
    window = ("--since", "2025-01-01", "--until", "2026-06-08")
    everything = answer(sample, "reviewers", *window)["totals"]["reviews"]
    teams = [
        answer(sample, "reviewers", *window, "--team", team)["totals"]["reviews"]
        for team in ("state", "hardware", "packaging")
    ]
    assert sum(teams) == everything
    glob = answer(sample, "reviewers", *window, "--project", "openbmc/*led*")["totals"]
    assert glob == answer(sample, "reviewers", *window, "--project", "phosphor-led-manager")["totals"]
    waiting = answer(sample, "waiting", "--until", "2026-06-08")["rows"]
    owner = next(row["owner"] for row in waiting if row["waiting_on"] == "owner")
    mine = answer(sample, "waiting", "--until", "2026-06-08", "--on", str(owner))["rows"]
    assert mine
    assert all(row in waiting for row in mine)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["reviewers", "--team", "stat"], "There is no team 'stat'; did you mean state?"),
        (["reviewers", "--project", "phosphor-led-manger"], "There is no project 'phosphor-led-manger'; did you mean"),
        (["waiting", "--on", "nobody at all"], "There is no person 'nobody at all'"),
        (["waiting", "--on", "Alden"], "Give the account id, as there."),
        (["newcomers", "--week", "2026-20"], "'2026-20' is no week; write one like 2026-W20."),
        (["newcomers", "--week", "2026-W54"], "is no week"),
        (["reviewers", "--until", "yesterday"], "'yesterday' is no date"),
        (["reviewers", "--days", "0"], "--days should be 1 or more"),
        (["reviewers", "--week", "2026-W20", "--days", "3"], "--week already says"),
        (["reviewers", "--since", "2026-06-01", "--until", "2026-05-01"], "The period is empty"),
        (["differences", "--list", "nonsense"], "There is no class 'nonsense'. Classes: 'zero, no vote stood', "),
        (["reviewer"], "Did you mean reviewers?"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(sample: Path, words: list[str], expected: str) -> None:
    run = plustwo(sample, *words)
    assert run.exit_code == 2
    assert expected in run.stderr, run.stderr
    assert "Traceback" not in run.stderr


def test_words_a_spreadsheet_would_compute_are_only_words(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reports.question import Answer, Asked, Column
    from reports.render.csv import render
    from reports.scope import Scope

    hostile = ["=cmd()", "+1 from me", "-2", "@here", "\tx", 'plain, "quoted"\nline', "你好", "‮reversed"]
    columns = (Column("person", "Person"), Column("count", "Count", "integer"))
    made = Answer(
        "q", "Q", Asked(0, 1, Scope((), (), "")), columns, [{"person": name, "count": -3} for name in hostile], {}
    )
    rows = list(csv.reader(io.StringIO(render(made), newline="")))[1:]
    assert [row[1] for row in rows] == ["-3"] * len(hostile)
    for name, (written, _) in zip(hostile, rows, strict=True):
        assert written == (f"'{name}" if name[0] in "=+-@\t" else name)


def test_columns_that_do_not_fit_are_named() -> None:
    """Nobody should think that an answer has less than it has because a terminal is narrow."""
    columns = [Column("person", "Person"), Column("reviews", "Reviews", "integer"), Column("at", "At", drop=1)]
    rows = [{"person": "Ann Ash", "reviews": 12, "at": "2026-05-11T08:00:00Z and words that make it long"}]
    asked = Asked(0, 86400, Scope((), (), ""))
    answer = Answer("x", "Reviews", asked, columns, rows, {}, (), ())
    assert "Not shown for want of width: At." in to_table(answer, 40)
    assert "Not shown" not in to_table(answer, 100)
    assert "Not shown" not in to_table(answer)
