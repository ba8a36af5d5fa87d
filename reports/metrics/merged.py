"""What merged?

Changes whose submission (its own time, not that of the last update) lies in the period, newest first.
`days` is CHAOSS's Change Requests Duration: from the upload of patch set 1 to the submission.
"""

from reports.quartiles import quartiles
from reports.question import Asked, Column, Question, Row

SQL = """
SELECT
  c.number AS change, c.project, c.branch, c.subject, coalesce(o.name, 'the server') AS owner, c.merged_at AS at,
  (c.merged_at - c.created_at) / 86400.0 AS days, c.patch_set, c.url,
  c.owner_person, c.project_id
FROM public_changes c
LEFT JOIN people o ON o.id = c.owner_person
WHERE c.merged_at >= (SELECT since FROM period) AND c.merged_at < (SELECT until FROM period)
  AND c.project_id IN (SELECT project_id FROM scope)
ORDER BY c.merged_at DESC, c.number, c.project
"""


def _totals(rows: list[Row], totals: Row, asked: Asked) -> None:
    totals["changes"] = len(rows)
    totals["projects"] = len({row["project_id"] for row in rows})
    totals["owners"] = len({row["owner_person"] for row in rows})
    totals["q1_days"], totals["median_days"], totals["q3_days"] = quartiles(row["days"] for row in rows)


QUESTION = Question(
    name="merged",
    title="What merged",
    sql=SQL,
    period="week",
    finish=_totals,
    columns=(
        Column("change", "Change", "change"),
        Column("project", "Project", drop=3),
        Column("branch", "Branch", shown=False),
        Column("subject", "Subject"),
        Column("owner", "Owner"),
        Column("at", "Merged", "time", "when it was submitted", drop=2),
        Column("days", "After", "days", "days from patch set 1 to the submission"),
        Column("patch_set", "PS", "integer", "patch sets it took", drop=1),
        Column("url", "Link", "url", shown=False),
    ),
    total_columns=(
        Column("changes", "Changes", "integer", "merged in the period"),
        Column("projects", "Projects", "integer", "with a merged change"),
        Column("owners", "Owners", "integer", "people (or bots) whose changes merged"),
        Column("q1_days", "First quartile", "days", "of the time from patch set 1 to the submission"),
        Column("median_days", "Median", "days", "of the same"),
        Column("q3_days", "Third quartile", "days", "of the same"),
    ),
)
