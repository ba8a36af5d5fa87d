-- Reviews of the period: one for each person and patch set of somebody else, as known at the period's end.
-- Its value is the vote standing then (0 without one), the lowest where several review labels have one; its time is that
-- vote's, else the latest act's. (Columns beside min() are of the row that has it: of equal values, the latest.)
SELECT person_id, change_id, patch_set, project_id, coalesce(value, 0) AS value, coalesce(voted_at, last_act) AS at
FROM (
  SELECT *, min((value << 33) - voted_at)
  FROM (
    SELECT
      j.*, v.value, v.at AS voted_at,
      row_number() OVER (
        PARTITION BY j.person_id, j.change_id, j.patch_set, v.label ORDER BY v.at DESC, v.seq DESC
      ) AS latest
    FROM judged j
    LEFT JOIN account_people i ON i.person_id = j.person_id
    LEFT JOIN standing_votes v
      ON v.change_id = j.change_id AND v.patch_set = j.patch_set AND v.account_id = i.account_id AND v.machine = 0
      AND v.label IN (SELECT label FROM label_roles WHERE role = 'review')
  )
  WHERE latest = 1
  GROUP BY person_id, change_id, patch_set
)
WHERE coalesce(voted_at, last_act) >= (SELECT since FROM period)
