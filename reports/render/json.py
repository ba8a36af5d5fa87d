"""An answer as JSON: one object {question, since, until, rows, totals}, times as 2026-05-11T00:00:00Z."""

import json

from reports.period import iso
from reports.question import Answer


def render(answer: Answer) -> str:
    """The whole answer; figures as they are, not rounded."""
    times = [column.name for column in answer.columns if column.kind == "time"]
    rows = []
    for row in answer.rows:
        written = {column.name: row[column.name] for column in answer.columns}
        for name in times:
            written[name] = None if row[name] is None else iso(row[name])
        rows.append(written)
    document = {
        "question": answer.question,
        "since": iso(answer.asked.since),
        "until": iso(answer.asked.until),
        "rows": rows,
        "totals": dict(answer.totals),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
