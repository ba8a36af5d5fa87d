"""Who reviewed, how much, and how?

A review is a person's judgement of another person's patch set: at most one for each person, change and patch set.
Acts that count are a vote on a review label (Code-Review unless configured) and a reply that says something (text,
inline or patch-set-level comments); a reply that only asks CI for another run is none, nor is an act on one's own change
or on a patch set one uploaded, a copied vote, or anything by a bot. The value is the review vote standing on that patch
set at the period's end, else 0; the five values add up to `reviews`. Where the person's votes stand on several review
labels, the lowest counts, because a refusal is what counts; of equal ones the latest. The time is that vote's, else the
latest act's, and the review belongs to the period its time is in. What happened at or after the period's end is not known
to the answer.
Private changes are left out.
"""

from reports.question import Column, Question

SQL = """
WITH
rv AS MATERIALIZED (SELECT * FROM reviews),
core AS MATERIALIZED (SELECT * FROM core_people),
opposed AS MATERIALIZED (
  SELECT DISTINCT r.person_id, r.change_id, r.patch_set
  FROM rv r
  JOIN rv o ON o.change_id = r.change_id AND o.patch_set = r.patch_set
  JOIN core k ON k.project_id = o.project_id AND k.person_id = o.person_id
  WHERE o.person_id <> r.person_id AND o.at > r.at AND o.value * r.value < 0
),
counted AS MATERIALIZED (
  SELECT
    r.person_id, count(*) AS reviews,
    sum(r.value = -2) AS minus2, sum(r.value = -1) AS minus1, sum(r.value = 0) AS comment,
    sum(r.value = 1) AS plus1, sum(r.value = 2) AS plus2, count(d.person_id) AS disagreements
  FROM rv r
  LEFT JOIN opposed d ON d.person_id = r.person_id AND d.change_id = r.change_id AND d.patch_set = r.patch_set
  GROUP BY r.person_id
),
approved AS MATERIALIZED (SELECT person_id, count(*) AS approve FROM approvals GROUP BY person_id),
own AS MATERIALIZED (
  SELECT person_id, count(*) AS own
  FROM (
    SELECT DISTINCT person_id, change_id, patch_set
    FROM acts
    WHERE own AND at >= (SELECT since FROM period) AND at < (SELECT until FROM period)
      AND +project_id IN (SELECT project_id FROM scope)
  )
  GROUP BY person_id
)
SELECT
  p.name AS person,
  (SELECT group_concat(number) FROM (
    SELECT a.number FROM identities i JOIN accounts a ON a.id = i.account_id WHERE i.person_id = p.id ORDER BY a.id
  )) AS account_ids,
  p.id IN (SELECT k.person_id FROM core k JOIN scope s ON s.project_id = k.project_id) AS core,
  coalesce(c.reviews, 0) AS reviews,
  coalesce(c.minus2, 0) AS minus2, coalesce(c.minus1, 0) AS minus1, coalesce(c.comment, 0) AS comment,
  coalesce(c.plus1, 0) AS plus1, coalesce(c.plus2, 0) AS plus2,
  coalesce(a.approve, 0) AS approve, coalesce(o.own, 0) AS own, coalesce(c.disagreements, 0) AS disagreements,
  1.0 * (c.plus1 + c.plus2) / nullif(c.reviews - c.comment, 0) AS positive_ratio,
  p.id AS person_id
FROM people p
LEFT JOIN counted c ON c.person_id = p.id
LEFT JOIN approved a ON a.person_id = p.id
LEFT JOIN own o ON o.person_id = p.id
WHERE c.reviews > 0 OR a.approve > 0
ORDER BY coalesce(c.reviews, 0) DESC, coalesce(a.approve, 0) DESC, p.name, p.id
"""

TOTALS_SQL = """
WITH
rv AS MATERIALIZED (SELECT * FROM reviews),
core AS MATERIALIZED (SELECT k.* FROM core_people k JOIN scope s ON s.project_id = k.project_id),
inside AS (SELECT * FROM public_changes WHERE project_id IN (SELECT project_id FROM scope)),
bounds AS (SELECT since, until, (until - since) / 86400.0 AS days FROM period),
closed AS (
  SELECT e.change_id, e.value, e.at
  FROM events e
  JOIN inside c ON c.id = e.change_id
  WHERE e.kind = 'status' AND e.value <> 'MERGED' AND e.at >= (SELECT since FROM period) AND e.at < (SELECT until FROM period)
)
SELECT
  (SELECT count(*) FROM rv) AS reviews,
  (SELECT count(DISTINCT person_id) FROM rv) AS reviewers,
  (SELECT count(*) / b.days FROM rv) AS reviews_per_day,
  (SELECT count(DISTINCT person_id) FROM core) AS core_team,
  (SELECT count(*) FROM rv r
    JOIN core k ON k.project_id = r.project_id AND k.person_id = r.person_id) AS core_reviews,
  (SELECT count(*) FROM patch_sets ps JOIN inside c ON c.id = ps.change_id
    WHERE ps.uploaded_at >= b.since AND ps.uploaded_at < b.until) AS patch_sets,
  (SELECT count(*) FROM inside WHERE created_at >= b.since AND created_at < b.until) AS created,
  (SELECT count(*) FROM inside WHERE merged_at >= b.since AND merged_at < b.until) AS merged,
  (SELECT count(DISTINCT change_id) FROM closed WHERE value = 'ABANDONED') AS abandoned,
  (SELECT count(DISTINCT change_id) FROM closed WHERE value = 'NEW') AS restored,
  (SELECT count(*) FROM inside WHERE created_at >= b.since AND created_at < b.until)
    - (SELECT count(*) FROM inside WHERE merged_at >= b.since AND merged_at < b.until)
    - (SELECT coalesce(sum(CASE e.value WHEN 'NEW' THEN -1 ELSE 1 END), 0) FROM closed e) AS queue_growth
FROM bounds b
"""

QUESTION = Question(
    name="reviewers",
    title="Reviewers",
    sql=SQL,
    totals_sql=TOTALS_SQL,
    columns=(
        Column("person", "Person"),
        Column("account_ids", "Accounts", "list", "Gerrit accounts of the person", shown=False),
        Column(
            "core", "Core", "flag", "core member of a team that looks after one of the projects, at the period's end"
        ),
        Column("reviews", "Reviews", "integer", "patch sets of others the person judged in the period"),
        Column("minus2", "−2", "integer", "reviews whose standing vote is −2"),
        Column("minus1", "−1", "integer", "reviews whose standing vote is −1"),
        Column("comment", "0", "integer", "reviews with words and no standing vote"),
        Column("plus1", "+1", "integer", "reviews whose standing vote is +1"),
        Column("plus2", "+2", "integer", "reviews whose standing vote is +2"),
        Column(
            "approve",
            "+A",
            "integer",
            "patch sets of others with a standing +1 on an approval label (Workflow unless configured); alone it is no review",
        ),
        Column("own", "Own", "integer", "own patch sets with a vote or words of the person; never in Reviews"),
        Column(
            "disagreements",
            "Disagr.",
            "integer",
            "votes with a later vote of the other sign by a core on the same patch set",
        ),
        Column("positive_ratio", "Positive", "ratio", "(+1 and +2) / (all reviews with a vote)", drop=1),
    ),
    total_columns=(
        Column("reviews", "Reviews", "integer", "sum of the rows"),
        Column("reviewers", "Reviewers", "integer", "people with at least one review"),
        Column("reviews_per_day", "Reviews a day", "decimal", "reviews / days of the period"),
        Column("core_team", "Core team", "integer", "core members at the period's end"),
        Column("core_reviews", "Reviews by cores", "integer", "reviews by a core of that project"),
        Column("patch_sets", "Patch sets", "integer", "patch sets uploaded in the period"),
        Column("created", "Created", "integer", "changes created in the period"),
        Column("merged", "Merged", "integer", "changes submitted in the period"),
        Column("abandoned", "Abandoned", "integer", "changes abandoned in the period"),
        Column("restored", "Restored", "integer", "changes restored in the period"),
        Column(
            "queue_growth", "Queue growth", "signed", "open changes at the period's end less those at its beginning"
        ),
    ),
)
