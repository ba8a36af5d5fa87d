"""Write the documentation that is made from the code: docs/schema.md and docs/metrics.md.

`--check` writes nothing and ends with status 1 where a file is not what would be written.
"""

import re
import sqlite3
import sys
from pathlib import Path

from collectors.store import open_database
from reports.database import view_definitions
from reports.metrics import definition, questions
from reports.question import Column

DOCS = Path(__file__).parent
MADE = "<!-- Made by `make docs` from the code; do not edit. -->\n"


def schema() -> str:
    """Every table with its columns and what they mean, from the comments in the schema itself."""
    parts = [
        "# The database", MADE,
        ("One SQLite file. Times are integer epoch seconds in UTC; ids of accounts and changes are "
        "`server_id << 32 | number`, so they do not depend on what was collected first. Collectors write it, reports "
        "read it, anybody may: `sqlite3 plustwo.sqlite`."), "",
    ]  # fmt: skip
    for name, description, columns in tables(open_database(":memory:")):
        parts += [f"## {name}", "", description, "", "| column | type | meaning |", "| --- | --- | --- |"]
        parts += [
            f"| `{column}` | {kind} | {meaning.replace('|', chr(92) + '|')} |" for column, kind, meaning in columns
        ]
        parts.append("")
    return "\n".join(parts)


def tables(connection: sqlite3.Connection) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Name, description and columns (name, type, meaning) of every table; empty words where a comment is missing."""
    found = []
    statements = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    for name, sql in statements:
        if name.startswith(("_", "sqlite_")):
            continue
        head, *lines = sql.splitlines()
        columns = []
        for line in lines:
            match = re.match(r"\s+(\w+) (TEXT|INTEGER)[^-]*?(?:-- (.*))?$", line)
            if match and match[1] not in ("PRIMARY", "UNIQUE"):
                columns.append((match[1], match[2].lower(), match[3] or ""))
        found.append((name, head.partition("-- ")[2], columns))
    return found


def metrics() -> str:
    """Every question: its definition, columns, SQL; and the views the SQL is written over."""
    parts = ["# Questions", MADE, "Each is a command, `plustwo NAME`, and one file in `reports/metrics/`.", ""]
    for question in questions().values():
        parts += [f"## {question.title} (`plustwo {question.name.replace('_', '-')}`)", "", definition(question), ""]
        parts += _columns("column", question.columns) + _columns("total", question.total_columns)
        parts += ["```sql", question.sql.strip(), "```", ""]
        if question.totals_sql:
            parts += ["Totals:", "", "```sql", question.totals_sql.strip(), "```", ""]
    parts += [
        "# Views", "",
        ("Questions are written over these. `period`, `scope`, `scope_teams` and `options` are small temporary tables that "
        "hold what was asked."), "",
    ]  # fmt: skip
    for name, sql in view_definitions().items():
        parts += [f"## {name}", "", "```sql", sql, "```", ""]
    return "\n".join(parts)


def _columns(what: str, columns: tuple[Column, ...] | list[Column]) -> list[str]:
    rows = [f"| `{column.name}` | {column.definition or column.title} |" for column in columns]
    return [f"| {what} | meaning |", "| --- | --- |", *rows, ""] if rows else []


def main() -> int:
    """Write the files, or compare them."""
    status = 0
    for name, text in (("schema.md", schema()), ("metrics.md", metrics())):
        path = DOCS / name
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"docs/{name} is not up to date: run `make docs`")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
