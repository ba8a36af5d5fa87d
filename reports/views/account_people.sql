-- Which person an account belongs to; accounts of bots belong to nobody here.
SELECT a.id AS account_id, i.person_id AS person_id
FROM accounts a
JOIN identities i ON i.account_id = a.id
WHERE a.bot IS NULL
