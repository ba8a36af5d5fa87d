"""Who is new: first change uploaded, first change merged, first review given?

Three independent lists; the same person may be new in two. Somebody is new in a period when the earliest event of that
kind by the person (all their accounts), in the whole community, lies in it: `first_change`, the upload of the first
change they own; `first_merge`, the submission of one; `first_review`, the first act of review on a patch set of somebody
else (a vote on a review label, Code-Review unless configured, or words; not a mere request for another CI run). Of events
in the same second the one on the smallest change number is named. Bots are nobody. With --team or --project those are
listed whose first event was there.
`complete` says whether the whole history before is known; where it is not, read "first seen", not "first".
"""

import sqlite3

from reports.question import Asked, Column, Question
from reports.render.cells import many

SQL = """
WITH
in_period AS MATERIALIZED (
  SELECT DISTINCT 'first_change' AS kind, p.person_id
  FROM public_changes c
  JOIN account_people p ON p.account_id = c.owner_id
  WHERE c.created_at >= (SELECT since FROM period) AND c.created_at < (SELECT until FROM period)
  UNION ALL
  SELECT DISTINCT 'first_merge', p.person_id
  FROM public_changes c
  JOIN account_people p ON p.account_id = c.owner_id
  WHERE c.merged_at >= (SELECT since FROM period) AND c.merged_at < (SELECT until FROM period)
  UNION ALL
  SELECT DISTINCT 'first_review', a.person_id
  FROM acts a
  WHERE a.own = 0 AND a.at >= (SELECT since FROM period) AND a.at < (SELECT until FROM period)
),
new AS MATERIALIZED (
  SELECT i.kind, i.person_id
  FROM in_period i
  WHERE NOT (
    (i.kind <> 'first_review' AND EXISTS (
      SELECT 1
      FROM account_people p
      CROSS JOIN public_changes c ON c.owner_id = p.account_id
      WHERE p.person_id = i.person_id
        AND CASE i.kind WHEN 'first_change' THEN c.created_at ELSE c.merged_at END < (SELECT since FROM period)
    ))
    OR (i.kind = 'first_review' AND EXISTS (
      SELECT 1 FROM acts a WHERE a.person_id = i.person_id AND a.own = 0 AND a.at < (SELECT since FROM period)
    ))
  )
),
ever AS (
  SELECT n.kind, n.person_id, c.id AS change_id, c.number, 1 AS patch_set, c.created_at AS at, c.project_id
  FROM new n
  CROSS JOIN account_people p ON p.person_id = n.person_id
  CROSS JOIN public_changes c ON c.owner_id = p.account_id
  WHERE n.kind = 'first_change'
  UNION ALL
  SELECT n.kind, n.person_id, c.id, c.number, c.patch_set, c.merged_at, c.project_id
  FROM new n
  CROSS JOIN account_people p ON p.person_id = n.person_id
  CROSS JOIN public_changes c ON c.owner_id = p.account_id
  WHERE n.kind = 'first_merge' AND c.merged_at IS NOT NULL
  UNION ALL
  SELECT n.kind, n.person_id, a.change_id, a.number, a.patch_set, a.at, a.project_id
  FROM new n
  CROSS JOIN acts a ON a.person_id = n.person_id
  WHERE n.kind = 'first_review' AND a.own = 0 AND a.at < (SELECT until FROM period)
),
firsts AS (
  SELECT
    c.*, row_number() OVER (PARTITION BY c.kind, c.person_id ORDER BY c.at, c.number, c.change_id, c.patch_set) AS place
  FROM ever c
)
SELECT
  f.kind, f.person_id, p.name AS person,
  (SELECT group_concat(number) FROM (
    SELECT a.number FROM identities i JOIN accounts a ON a.id = i.account_id WHERE i.person_id = p.id ORDER BY a.id
  )) AS account_ids,
  f.number AS change, c.project, c.subject, f.patch_set, f.at,
  c.url || '/' || f.patch_set AS url, c.project_id,
  NOT EXISTS (SELECT 1 FROM incomplete_projects) AS complete
FROM firsts f
JOIN people p ON p.id = f.person_id
JOIN public_changes c ON c.id = f.change_id
WHERE f.place = 1 AND f.project_id IN (SELECT project_id FROM scope)
ORDER BY f.kind, f.at, f.number, p.id
"""

KINDS = {
    "first_change": "First change uploaded",
    "first_merge": "First change merged",
    "first_review": "First review given",
}


def _notes(connection: sqlite3.Connection, asked: Asked) -> list[str]:
    incomplete = connection.execute("SELECT count(*) FROM incomplete_projects").fetchone()[0]
    if not incomplete:
        return []
    return [f"The history of {many(incomplete, 'watched project')} is not complete: read “first seen” for “first”."]


QUESTION = Question(
    name="newcomers",
    title="Newcomers",
    sql=SQL,
    period="week",
    notes=_notes,
    columns=(
        Column("kind", "New", "text", "first_change, first_merge or first_review"),
        Column("person", "Person"),
        Column("account_ids", "Accounts", "list", "Gerrit accounts of the person", shown=False),
        Column("change", "Change", "change", "the evidence"),
        Column("project", "Project", drop=3),
        Column("subject", "Subject"),
        Column("patch_set", "PS", "integer", "patch set of the evidence", drop=1),
        Column("at", "At", "time", "when", drop=2),
        Column("url", "Link", "url", shown=False),
        Column("complete", "Complete", "flag", "the whole history before is known", shown=False),
    ),
    total_columns=tuple(Column(kind, title, "integer", "people") for kind, title in KINDS.items()),
    finish=lambda rows, totals, asked: totals.update(
        {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}
    ),
)
