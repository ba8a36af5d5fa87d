"""How long do people wait for a first response?

CHAOSS's Time to First Response: for each change created in the period, hours from its first patch set that was not work
in progress to the first act of review (a vote on a review label, Code-Review unless configured, or words) by a person who
neither owns the change nor uploaded that patch set, less the time it was work in progress in between. Bots do not answer.
A change nobody has answered by the period's end has no value; it is counted as unanswered, and is still in the table.
"""

from reports.quartiles import quartiles
from reports.question import Asked, Column, Question, Row

SQL = """
WITH
opened AS (
  SELECT
    c.id, c.number, c.project_id, c.project, c.subject, c.url, c.owner_person, c.created_at,
    max(c.created_at, coalesce((
      SELECT w.ended FROM wip_spans w WHERE w.change_id = c.id AND w.began <= c.created_at ORDER BY w.began LIMIT 1
    ), 0)) AS ready_at,
    (SELECT min(a.at) FROM acts a WHERE a.change_id = c.id AND a.own = 0 AND a.at < (SELECT until FROM period)) AS at,
    (SELECT a.person_id FROM acts a WHERE a.change_id = c.id AND a.own = 0 AND a.at < (SELECT until FROM period)
      ORDER BY a.at, a.seq LIMIT 1) AS by_person
  FROM public_changes c
  WHERE c.created_at >= (SELECT since FROM period) AND c.created_at < (SELECT until FROM period)
    AND c.project_id IN (SELECT project_id FROM scope)
)
SELECT
  o.number AS change, o.project, o.subject, coalesce(p.name, 'the server') AS owner, o.ready_at AS since, o.at,
  r.name AS responder,
  max(0, o.at - o.ready_at - coalesce((
    SELECT sum(max(0, min(w.ended, o.at) - max(w.began, o.ready_at)))
    FROM wip_spans w WHERE w.change_id = o.id AND w.began < o.at
  ), 0)) / 3600.0 AS hours,
  o.url, o.owner_person, o.by_person, o.project_id, o.created_at
FROM opened o
LEFT JOIN people p ON p.id = o.owner_person
LEFT JOIN people r ON r.id = o.by_person
WHERE o.ready_at < (SELECT until FROM period)
ORDER BY o.ready_at DESC, o.number, o.project
"""


def _totals(rows: list[Row], totals: Row, asked: Asked) -> None:
    totals["changes"] = len(rows)
    totals["answered"] = sum(row["at"] is not None for row in rows)
    totals["unanswered"] = len(rows) - totals["answered"]
    totals["q1_hours"], totals["median_hours"], totals["q3_hours"] = quartiles(row["hours"] for row in rows)


QUESTION = Question(
    name="first_response",
    title="Time to First Response",
    sql=SQL,
    finish=_totals,
    columns=(
        Column("change", "Change", "change"),
        Column("project", "Project", drop=3),
        Column("subject", "Subject"),
        Column("owner", "Owner"),
        Column("since", "Ready", "time", "when its first patch set that was not work in progress was there", drop=1),
        Column("at", "Answered", "time", "first act of review by somebody else", drop=2),
        Column("responder", "By"),
        Column("hours", "After", "hours", "hours in between, without work-in-progress time"),
        Column("url", "Link", "url", shown=False),
    ),
    total_columns=(
        Column("changes", "Changes", "integer", "created in the period, without those still work in progress"),
        Column("answered", "Answered", "integer", "with a response by the period's end"),
        Column("unanswered", "Unanswered", "integer", "without one"),
        Column("q1_hours", "First quartile", "hours", "of the hours to the first response"),
        Column("median_hours", "Median", "hours", "of the same"),
        Column("q3_hours", "Third quartile", "hours", "of the same"),
    ),
)
