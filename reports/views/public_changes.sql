-- Changes that answers may speak of: watched, still on the server, and not private (unless options say otherwise).
-- (CROSS JOIN: SQLite then begins with the changes, which every question narrows, and not with the projects.)
SELECT c.*, p.name AS project, s.url || '/c/' || p.name || '/+/' || c.number AS url, i.person_id AS owner_person
FROM changes c
CROSS JOIN projects p ON p.id = c.project_id AND p.watched = 1
CROSS JOIN servers s ON s.id = p.server_id
LEFT JOIN identities i ON i.account_id = c.owner_id
WHERE c.gone_at IS NULL AND (c.private = 0 OR (SELECT show_private FROM options) = 1)
