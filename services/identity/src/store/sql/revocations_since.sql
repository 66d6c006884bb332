-- A page of what was written by a transaction from $1 on, in the order of the keys: after ($2, $3),
-- at most $4.
SELECT kind, subject_id, generation, revoked_at, expires_at
FROM revocations
WHERE written_by >= $1::text::xid8 AND (kind, subject_id) > ($2, $3)
ORDER BY kind, subject_id
LIMIT $4
