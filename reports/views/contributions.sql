-- What makes somebody new: changes uploaded, changes merged, acts of review on others' patch sets. By person.
SELECT 'first_change' AS kind, p.person_id, c.id AS change_id, c.number, 1 AS patch_set, c.created_at AS at, c.project_id
FROM public_changes c
JOIN account_people p ON p.account_id = c.owner_id
UNION ALL
SELECT 'first_merge', p.person_id, c.id, c.number, c.patch_set, c.merged_at, c.project_id
FROM public_changes c
JOIN account_people p ON p.account_id = c.owner_id
WHERE c.merged_at IS NOT NULL
UNION ALL
SELECT 'first_review', a.person_id, a.change_id, a.number, a.patch_set, a.at, a.project_id
FROM acts a
WHERE a.own = 0
