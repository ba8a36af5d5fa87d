-- Watched projects whose history is not wholly known: not read to the end yet, or with something that could not be read.
SELECT w.id AS project_id
FROM projects w
JOIN servers s ON s.id = w.server_id
WHERE w.watched = 1 AND (
  NOT EXISTS (SELECT 1 FROM watermarks m WHERE m.item = s.name || '/' || w.name)
  OR EXISTS (SELECT 1 FROM quarantine q WHERE q.project_id = w.id AND q.item NOT LIKE '%#votes')
)
