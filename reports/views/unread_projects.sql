-- Watched projects that were never read to the end.
SELECT id AS project_id
FROM projects
WHERE watched = 1 AND known_from IS NULL
