-- Watched projects that were never read to the end.
SELECT p.id AS project_id
FROM projects p
JOIN servers s ON s.id = p.server_id
WHERE p.watched = 1 AND NOT EXISTS (SELECT 1 FROM watermarks m WHERE m.item = s.name || '/' || p.name)
