"""The schema: every table and column explained, every statement valid, every migration applied once."""

import runpy
import sqlite3
from pathlib import Path

import pytest

from collectors import store
from collectors.rows import Change
from collectors.schema import migrations
from reports.database import prepare, view_definitions
from reports.differences import COUNTS, LIST
from reports.metrics import definition, questions
from reports.question import Question

ROOT = Path(__file__).parent.parent
QUESTIONS = [*questions().values(), COUNTS, LIST]


@pytest.fixture
def empty() -> sqlite3.Connection:
    return store.open_database(":memory:")


def test_documentation_is_what_the_code_says() -> None:
    made = runpy.run_path(str(ROOT / "docs/make.py"))
    for name, text in (("schema.md", made["schema"]()), ("metrics.md", made["metrics"]())):
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"docs/{name}: run `make docs`"


def test_every_table_and_column_has_a_comment(empty: sqlite3.Connection) -> None:
    made = runpy.run_path(str(ROOT / "docs/make.py"))
    described = {name: (text, columns) for name, text, columns in made["tables"](empty)}
    names = [
        row[0]
        for row in empty.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'"
        )
    ]
    assert len(names) > 20
    for name in names:
        text, columns = described[name]
        assert text.endswith("."), name
        assert [column for column, _, _ in columns] == [
            row[1] for row in empty.execute(f"PRAGMA table_info({name})")
        ], name
        assert all(meaning for _, _, meaning in columns), name


def test_rows_have_the_columns_of_their_tables(empty: sqlite3.Connection) -> None:
    for table, row in {**store.TABLES, "changes": Change}.items():
        columns = [column[1] for column in empty.execute(f"PRAGMA table_info({table})")]
        fields = ["class" if name == "kind" and table == "vote_differences" else name for name in row._fields]  # type: ignore[attr-defined]
        assert fields == columns, table


def test_the_newest_version_is_the_number_of_migrations() -> None:
    assert len(migrations._migrations) == store.NEWEST_VERSION


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_every_statement_can_be_explained(empty: sqlite3.Connection, question: Question) -> None:
    prepare(empty)
    for sql in filter(None, (question.sql, question.totals_sql)):
        empty.execute(f"EXPLAIN {sql}", {"since": 0, "until": 1, "person": None, "class": None})


def test_every_view_can_be_explained_and_says_what_it_holds(empty: sqlite3.Connection) -> None:
    prepare(empty)
    for name, sql in view_definitions().items():
        assert sql.startswith("-- "), name
        empty.execute(f"EXPLAIN SELECT * FROM {name}")


@pytest.mark.parametrize("question", questions().values(), ids=lambda question: question.name)
def test_every_question_is_defined_where_it_is_shown(question: Question) -> None:
    assert len(definition(question)) > 80
    figures = [
        column
        for column in (*question.columns, *question.total_columns)
        if column.kind in ("integer", "ratio", "hours", "decimal", "signed", "flag", "days")
    ]
    assert all(column.definition for column in figures)
