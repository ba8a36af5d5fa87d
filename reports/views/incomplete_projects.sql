-- Watched projects whose history is not wholly known: not read to the end yet, or with something that could not be read.
SELECT project_id
FROM unread_projects
UNION
SELECT q.project_id
FROM quarantine q
JOIN projects p ON p.id = q.project_id AND p.watched = 1
WHERE q.item NOT LIKE '%#votes'
