-- What counts towards a review: messages of people with a vote on a review label or words, each with its person and whether
-- it is on one's own change: that of its owner, or of the uploader of the patch set.
SELECT
  m.change_id, m.patch_set, m.at, m.seq, p.person_id, c.project_id, c.number,
  (p.person_id IS c.owner_person OR p.person_id IS u.person_id) AS own
FROM messages m
JOIN account_people p ON p.account_id = m.account_id
CROSS JOIN public_changes c ON c.id = m.change_id
LEFT JOIN patch_sets ps ON ps.change_id = m.change_id AND ps.number = m.patch_set
LEFT JOIN identities u ON u.account_id = ps.uploader_id
WHERE m.act = 1
