-- +A: a standing +1 of the period on an approval label, on a patch set of somebody else; one for each person and patch
-- set. (`unlikely`, or SQLite takes the votes for so many that it first makes a filter of all changes.)
SELECT DISTINCT p.person_id, v.change_id, v.patch_set, c.project_id
FROM standing_votes v
JOIN account_people p ON p.account_id = v.account_id
JOIN public_changes c ON c.id = v.change_id
LEFT JOIN patch_sets ps ON ps.change_id = v.change_id AND ps.number = v.patch_set
LEFT JOIN identities u ON u.account_id = ps.uploader_id
WHERE v.label IN (SELECT label FROM label_roles WHERE role = 'approval') AND unlikely(v.value > 0) AND v.machine = 0
  AND v.at >= (SELECT since FROM period)
  AND +c.project_id IN (SELECT project_id FROM scope)
  AND p.person_id IS NOT c.owner_person AND p.person_id IS NOT u.person_id
