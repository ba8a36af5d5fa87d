-- Who is core for which project, at the period's end: by the teams asked for that look after it. Of a group named as core,
-- those who were in it then, as far as snapshots tell.
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
UNION
SELECT p.id AS project_id, i.person_id
FROM scope_teams st
JOIN team_projects tp ON tp.team_id = st.team_id
JOIN projects p ON p.id = tp.project_id AND p.watched = 1
JOIN team_members m
  ON m.team_id = st.team_id AND m.kind = 'group' AND m.since < (SELECT until FROM period)
  AND (m.until IS NULL OR m.until >= (SELECT until FROM period))
JOIN groups g ON g.server_id = p.server_id AND g.name = m.value
JOIN group_members gm
  ON gm.group_id = g.id AND gm.since < (SELECT until FROM period)
  AND (gm.until IS NULL OR gm.until >= (SELECT until FROM period))
JOIN identities i ON i.account_id = gm.account_id
