-- Watched projects whose history is not wholly known: not read to the end or to the beginning
-- yet, or with something that could not be read.
SELECT id AS project_id
FROM projects
WHERE watched = 1 AND known_from IS NOT 0
UNION
SELECT q.project_id
FROM quarantine q
JOIN projects p ON p.id = q.project_id AND p.watched = 1
WHERE q.item NOT LIKE '%#votes'
