"""Where do the votes in the messages and the server's own `Label:` footers differ? Counted, and listed by class."""

import sqlite3

from reports.question import Asked, Column, Question


def _notes(connection: sqlite3.Connection, asked: Asked) -> list[str]:
    """A sentence where there is nothing to compare with: footers are a record of git."""
    query = (
        "SELECT 1 FROM vote_differences d JOIN changes c ON c.id = d.change_id JOIN scope USING (project_id) LIMIT 1"
    )
    if connection.execute(query).fetchone():
        return []
    return [
        'No footers were compared here: only git tells of them (via = "git"). `plustwo audit` compares with the server.'
    ]


COUNTS = Question(
    name="differences",
    title="Votes in messages against Label footers",
    sql="""
SELECT s.name AS server, d.class, strftime('%Y', min(d.at), 'unixepoch') AS first_year,
  strftime('%Y', max(d.at), 'unixepoch') AS last_year, count(*) AS count, count(DISTINCT d.change_id) AS changes
FROM vote_differences d
JOIN public_changes c ON c.id = d.change_id
JOIN projects p ON p.id = c.project_id
JOIN servers s ON s.id = p.server_id
WHERE d.at >= (SELECT since FROM period) AND d.at < (SELECT until FROM period)
  AND c.project_id IN (SELECT project_id FROM scope)
GROUP BY s.id, d.class
ORDER BY s.id, count(*) DESC, d.class
""",
    totals_sql="""
SELECT
  (SELECT count(*) FROM votes v JOIN public_changes c ON c.id = v.change_id
    WHERE v.at >= (SELECT since FROM period) AND v.at < (SELECT until FROM period)
      AND c.project_id IN (SELECT project_id FROM scope)) AS votes,
  (SELECT count(*) FROM vote_differences d JOIN public_changes c ON c.id = d.change_id
    WHERE d.at >= (SELECT since FROM period) AND d.at < (SELECT until FROM period)
      AND c.project_id IN (SELECT project_id FROM scope)) AS differences
""",
    columns=(
        Column("server", "Server"),
        Column("class", "Class", "text", "kind of difference; docs/votes.md explains each"),
        Column("first_year", "From"),
        Column("last_year", "To"),
        Column("count", "Count", "integer", "votes or footers"),
        Column("changes", "Changes", "integer", "changes they are on"),
    ),
    total_columns=(
        Column("votes", "Votes", "integer", "cast in the period, from messages"),
        Column("differences", "Differences", "integer", "sum of the rows"),
    ),
    notes=_notes,
)

LIST = Question(
    name="differences",
    title="Votes in messages against Label footers",
    sql="""
SELECT d.class, c.number AS change, c.project, d.at, coalesce(p.name, '') AS voter, d.label, d.message_value, d.footer_value,
  d.revision, c.url
FROM vote_differences d
JOIN public_changes c ON c.id = d.change_id
LEFT JOIN identities i ON i.account_id = d.account_id
LEFT JOIN people p ON p.id = i.person_id
WHERE d.at >= (SELECT since FROM period) AND d.at < (SELECT until FROM period)
  AND c.project_id IN (SELECT project_id FROM scope) AND d.class = :class
ORDER BY d.at, c.id, d.seq
""",
    columns=(
        Column("class", "Class", shown=False),
        Column("change", "Change", "change"),
        Column("project", "Project", drop=2),
        Column("at", "At", "time"),
        Column("voter", "Voter", drop=1),
        Column("label", "Label"),
        Column("message_value", "Message", "signed", "value in the message; empty where it has none, 0 for taken back"),
        Column("footer_value", "Footer", "signed", "value in the footer; empty where there is none"),
        Column("revision", "Meta commit", shown=False),
        Column("url", "Link", "url", shown=False),
    ),
)
