-- Changes that answers may speak of: watched, still on the server, and not private (unless options say otherwise).
SELECT c.*, p.name AS project, s.url || '/c/' || p.name || '/+/' || c.number AS url, i.person_id AS owner_person
FROM changes c
JOIN projects p ON p.id = c.project_id AND p.watched = 1
JOIN servers s ON s.id = p.server_id
LEFT JOIN identities i ON i.account_id = c.owner_id
WHERE c.gone_at IS NULL AND (c.private = 0 OR (SELECT show_private FROM options) = 1)
