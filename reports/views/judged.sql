-- Patch sets of others that a person acted on within the period, in the projects asked for, with the last such act.
SELECT a.person_id, a.change_id, a.patch_set, a.project_id, max(a.at) AS last_act
FROM acts a
WHERE a.at >= (SELECT since FROM period) AND a.at < (SELECT until FROM period)
  AND a.own = 0 AND +a.project_id IN (SELECT project_id FROM scope)
GROUP BY a.person_id, a.change_id, a.patch_set, a.project_id
