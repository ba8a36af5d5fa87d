-- Who is core for which project, at the period's end: by the teams asked for that look after it.
SELECT DISTINCT p.id AS project_id, i.person_id
FROM scope_teams st
JOIN team_projects tp ON tp.team_id = st.team_id
JOIN projects p ON p.id = tp.project_id AND p.watched = 1
JOIN team_members m
  ON m.team_id = st.team_id AND m.since < (SELECT until FROM period)
  AND (m.until IS NULL OR m.until >= (SELECT until FROM period))
JOIN identities i
  ON (
    m.kind = 'account' AND i.kind = 'account'
    AND i.value = CAST((coalesce(m.server_id, p.server_id) << 32) + CAST(m.value AS INTEGER) AS TEXT)
  )
  OR (m.kind = 'email' AND i.kind = 'email' AND i.value = m.value)
