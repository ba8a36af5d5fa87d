"""What waits, who must act next, and since when?

Open changes at the period's end that are not work in progress, each with whose turn it is on its current patch set:
*owner* when CI's or somebody's standing vote there is negative, or when somebody commented and the owner has neither
answered nor uploaded since; *reviewer* again when the owner has answered a negative vote in words; *ci* when the
project's changes get CI votes (one in the last 90 days) and the patch set has none yet; *core* when somebody's standing
review vote is positive (not the owner's, the uploader's or a bot's); *reviewer* otherwise. CI votes are those on a CI label
(Verified unless configured), review votes those on a review label (Code-Review); besides these only votes on an approval
label (Workflow) are looked at. Votes the server copied to the patch set count as standing. Words of somebody whose own
review vote there is positive (on several review labels: the lowest) hand nothing to the owner.
`since` is when that turn began, at the earliest when the patch set was uploaded and no longer work in progress, and the
change not abandoned;
`hours` runs from then to the period's end, less the time the change was work in progress.
With --on: changes waiting on their owner, for the owner and for who uploaded the patch set; changes waiting on a reviewer
or a core, for its reviewers (not CC) without a positive review vote there, in the latter case for the cores among them.
"""

from reports.quartiles import quartiles
from reports.question import Asked, Column, Question, Row

SQL = """
WITH
p AS (SELECT until, until - 90 * 86400 AS recently FROM period),
candidates AS (
  SELECT
    c.*,
    (SELECT max(ps.number) FROM patch_sets ps WHERE ps.change_id = c.id AND ps.uploaded_at < p.until) AS current,
    (SELECT e.value FROM events e WHERE e.change_id = c.id AND +e.kind = 'status' AND e.at < p.until
      ORDER BY e.seq DESC LIMIT 1) AS status_then,
    (SELECT max(e.at) FROM events e WHERE e.change_id = c.id AND +e.kind = 'status' AND e.value = 'NEW' AND e.at < p.until)
      AS restored_at,
    (SELECT e.value FROM events e WHERE e.change_id = c.id AND +e.kind = 'wip' AND e.at < p.until
      ORDER BY e.seq DESC LIMIT 1) AS wip_then
  FROM public_changes c, p
  WHERE c.created_at < p.until AND (c.status = 'NEW' OR c.updated_at >= p.until)
    AND (c.merged_at IS NULL OR c.merged_at >= p.until) AND c.project_id IN (SELECT project_id FROM scope)
),
open_changes AS MATERIALIZED (
  SELECT
    c.id, c.number, c.project_id, c.project, c.subject, c.url, c.owner_person, c.current, u.person_id AS uploader_person,
    max(
      ps.uploaded_at,
      coalesce(c.restored_at, 0),
      coalesce((SELECT max(w.ended) FROM wip_spans w
        WHERE w.change_id = c.id AND w.began <= ps.uploaded_at AND w.ended > ps.uploaded_at), 0)
    ) AS ready_at,
    ps.uploaded_at
  FROM candidates c
  JOIN patch_sets ps ON ps.change_id = c.id AND ps.number = c.current
  LEFT JOIN identities u ON u.account_id = ps.uploader_id
  WHERE coalesce(c.status_then, 'NEW') = 'NEW' AND coalesce(c.wip_then, '0') = '0'
),
votes_now AS MATERIALIZED (
  SELECT o.id, r.role, v.value, v.at, v.account_id
  FROM open_changes o
  CROSS JOIN standing_votes v ON v.change_id = o.id AND v.patch_set = o.current
  CROSS JOIN label_roles r ON r.label = v.label
  UNION ALL
  SELECT o.id, r.role, k.value, k.at, k.account_id
  FROM open_changes o
  CROSS JOIN copied_votes k ON k.change_id = o.id AND k.patch_set = o.current
  CROSS JOIN label_roles r ON r.label = k.label
  JOIN p ON k.at < p.until
  WHERE k.ended_at IS NULL OR k.ended_at >= p.until
),
in_favour AS MATERIALIZED (
  SELECT id, account_id FROM votes_now WHERE role = 'review' GROUP BY id, account_id HAVING min(value) > 0
),
verdicts AS MATERIALIZED (
  SELECT
    o.id,
    min(CASE WHEN v.role = 'ci' AND v.value < 0 THEN v.at END) AS ci_failed_at,
    max(CASE WHEN v.role = 'ci' THEN v.at END) AS ci_at,
    min(CASE WHEN v.role <> 'ci' AND v.value < 0 THEN v.at END) AS refused_at,
    max(CASE WHEN v.role <> 'ci' AND v.value < 0 THEN v.at END) AS refused_last,
    min(CASE
      WHEN v.role = 'review' AND v.value > 0 AND a.person_id IS NOT NULL
        AND a.person_id IS NOT o.owner_person AND a.person_id IS NOT o.uploader_person THEN v.at
    END) AS approved_at
  FROM open_changes o
  JOIN votes_now v ON v.id = o.id
  LEFT JOIN account_people a ON a.account_id = v.account_id
  GROUP BY o.id
),
turns AS (
  SELECT
    o.*, v.ci_failed_at, v.ci_at, v.refused_at, v.refused_last, v.approved_at,
    (SELECT max(v.ended_at) FROM votes v, p WHERE v.change_id = o.id AND v.patch_set = o.current
      AND v.label IN (SELECT label FROM label_roles WHERE role = 'ci') AND v.ended_at < p.until) AS ci_again_at,
    (SELECT max(m.at) FROM messages m
      JOIN account_people a ON a.account_id = m.account_id, p
      WHERE m.change_id = o.id AND m.kind = 'comment' AND m.at >= o.uploaded_at AND m.at < p.until
        AND (a.person_id IS o.owner_person OR a.person_id IS o.uploader_person)) AS answered_at
  FROM open_changes o
  LEFT JOIN verdicts v ON v.id = o.id
),
spoken AS MATERIALIZED (
  SELECT
    t.*,
    (SELECT min(m.at) FROM messages m
      JOIN account_people a ON a.account_id = m.account_id, p
      WHERE m.change_id = t.id AND m.kind = 'comment' AND m.at < p.until
        AND m.at > coalesce(t.answered_at, t.uploaded_at)
        AND a.person_id IS NOT t.owner_person AND a.person_id IS NOT t.uploader_person
        AND NOT EXISTS (SELECT 1 FROM in_favour f WHERE f.id = t.id AND f.account_id = m.account_id)) AS asked_at,
    t.project_id IN (
      SELECT c.project_id FROM votes v JOIN changes c ON c.id = v.change_id, p
      WHERE v.label IN (SELECT label FROM label_roles WHERE role = 'ci') AND v.at >= p.recently AND v.at < p.until
    ) AS uses_ci
  FROM turns t
),
decided AS MATERIALIZED (
  SELECT
    s.*,
    CASE
      WHEN ci_failed_at IS NOT NULL THEN 'owner'
      WHEN refused_at IS NOT NULL AND coalesce(answered_at, 0) <= refused_last THEN 'owner'
      WHEN asked_at IS NOT NULL THEN 'owner'
      WHEN refused_at IS NOT NULL THEN 'reviewer'
      WHEN uses_ci AND ci_at IS NULL THEN 'ci'
      WHEN approved_at IS NOT NULL THEN 'core'
      ELSE 'reviewer'
    END AS waiting_on
  FROM spoken s
),
dated AS MATERIALIZED (
  SELECT
    d.*,
    max(ready_at, CASE waiting_on
      WHEN 'owner' THEN min(
        coalesce(ci_failed_at, (SELECT until FROM p)),
        CASE WHEN coalesce(answered_at, 0) <= coalesce(refused_last, 0)
          THEN coalesce(refused_at, (SELECT until FROM p)) ELSE (SELECT until FROM p) END,
        coalesce(asked_at, (SELECT until FROM p)))
      WHEN 'ci' THEN coalesce(ci_again_at, 0)
      WHEN 'core' THEN approved_at
      ELSE max(coalesce(ci_at, 0), coalesce(answered_at, 0))
    END) AS since
  FROM decided d
),
asked AS MATERIALIZED (
  SELECT id, owner_person AS person_id FROM dated WHERE waiting_on = 'owner'
  UNION
  SELECT id, uploader_person FROM dated WHERE waiting_on = 'owner'
  UNION
  SELECT d.id, a.person_id
  FROM dated d
  JOIN reviewers r ON r.change_id = d.id AND r.state = 'REVIEWER' AND r.at < (SELECT until FROM p)
  JOIN account_people a ON a.account_id = r.account_id
  WHERE d.waiting_on IN ('reviewer', 'core')
    AND r.seq = (SELECT max(l.seq) FROM reviewers l
      WHERE l.change_id = d.id AND l.account_id = r.account_id AND l.at < (SELECT until FROM p))
    AND a.person_id IS NOT d.owner_person AND a.person_id IS NOT d.uploader_person
    AND NOT EXISTS (
      SELECT 1 FROM in_favour f JOIN identities i ON i.account_id = f.account_id
      WHERE f.id = d.id AND i.person_id = a.person_id
    )
    AND (d.waiting_on = 'reviewer'
      OR NOT EXISTS (SELECT 1 FROM core_people k WHERE k.project_id = d.project_id)
      OR EXISTS (SELECT 1 FROM core_people k WHERE k.project_id = d.project_id AND k.person_id = a.person_id))
)
SELECT
  d.number AS change, d.project, d.subject, coalesce(o.name, 'the server') AS owner, d.waiting_on, d.since,
  ((SELECT until FROM p) - d.since - coalesce((
    SELECT sum(max(0, min(w.ended, (SELECT until FROM p)) - max(w.began, d.since)))
    FROM wip_spans w WHERE w.change_id = d.id AND w.began < (SELECT until FROM p)
  ), 0)) / 3600.0 AS hours,
  d.current AS patch_set,
  d.url || '/' || d.current AS url, d.owner_person,
  (SELECT group_concat(w.person_id) FROM asked w WHERE w.id = d.id) AS asked_people, d.project_id
FROM dated d
LEFT JOIN people o ON o.id = d.owner_person
WHERE :person IS NULL OR EXISTS (SELECT 1 FROM asked w WHERE w.id = d.id AND w.person_id = :person)
ORDER BY hours DESC, d.number, d.project
"""

ON = ("reviewer", "core", "owner", "ci")


def _totals(rows: list[Row], totals: Row, asked: Asked) -> None:
    totals["changes"] = len(rows)
    for on in ON:
        totals[on] = sum(row["waiting_on"] == on for row in rows)
    totals["q1_hours"], totals["median_hours"], totals["q3_hours"] = quartiles(row["hours"] for row in rows)
    for on in ON:
        low, middle, high = quartiles(row["hours"] for row in rows if row["waiting_on"] == on)
        totals[f"{on}_q1_hours"], totals[f"{on}_median_hours"], totals[f"{on}_q3_hours"] = low, middle, high


QUESTION = Question(
    name="waiting",
    title="What waits",
    sql=SQL,
    takes_person=True,
    moment=True,
    finish=_totals,
    columns=(
        Column("change", "Change", "change"),
        Column("project", "Project", drop=3),
        Column("subject", "Subject"),
        Column("owner", "Owner"),
        Column("waiting_on", "Waits on", "text", "who must act next: reviewer, core, owner or ci"),
        Column("since", "Since", "time", "when that turn began", drop=2),
        Column("hours", "For", "hours", "hours from then to the period's end, without work-in-progress time"),
        Column("patch_set", "PS", "integer", "current patch set at the period's end", drop=1),
        Column("url", "Link", "url", shown=False),
    ),
    total_columns=(
        Column("changes", "Changes", "integer", "open, not work in progress, at the period's end"),
        *(Column(on, f"On {on}", "integer", f"of these, waiting on {on}") for on in ON),
        Column("q1_hours", "First quartile", "hours", "a quarter waits less than this"),
        Column("median_hours", "Median", "hours", "half waits less than this"),
        Column("q3_hours", "Third quartile", "hours", "a quarter waits longer than this"),
        *(
            Column(
                f"{on}_{short}_hours",
                f"On {on}, {long}",
                "hours",
                "as above, of those waiting on that side",
                shown=False,
            )
            for on in ON
            for short, long in (("q1", "first quartile"), ("median", "median"), ("q3", "third quartile"))
        ),
    ),
)
