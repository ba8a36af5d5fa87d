-- When a change was work in progress: from `began` up to `ended` (the period's end where it still is).
SELECT change_id, at AS began, coalesce(ended, (SELECT until FROM period)) AS ended
FROM (
  SELECT change_id, at, value, lead(at) OVER (PARTITION BY change_id ORDER BY seq) AS ended
  FROM events
  WHERE kind = 'wip'
)
WHERE value = '1'
