-- +A: a standing Workflow+1 of the period on a patch set of somebody else; one for each person and patch set.
SELECT DISTINCT p.person_id, v.change_id, v.patch_set, c.project_id
FROM standing_votes v
JOIN account_people p ON p.account_id = v.account_id
JOIN public_changes c ON c.id = v.change_id
LEFT JOIN patch_sets ps ON ps.change_id = v.change_id AND ps.number = v.patch_set
LEFT JOIN identities u ON u.account_id = ps.uploader_id
WHERE v.label = 'Workflow' AND v.value > 0 AND v.machine = 0 AND v.at >= (SELECT since FROM period)
  AND +c.project_id IN (SELECT project_id FROM scope)
  AND p.person_id IS NOT c.owner_person AND p.person_id IS NOT u.person_id
