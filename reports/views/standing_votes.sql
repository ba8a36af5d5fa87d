-- Votes that stand at the period's end: cast before it, and not voted over, taken back or removed before it.
SELECT v.change_id, v.patch_set, v.label, v.account_id, v.value, v.at, v.seq, v.machine
FROM votes v
WHERE +v.at < (SELECT until FROM period) AND (v.ended_at IS NULL OR v.ended_at >= (SELECT until FROM period))
