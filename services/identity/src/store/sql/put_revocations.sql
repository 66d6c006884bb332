-- $1 kind, $2 ids with commas between them, $3 generation, $4 revoked at, $5 expires at. One that is
-- there already is renewed: what was revoked stays so.
INSERT INTO revocations (kind, subject_id, generation, revoked_at, expires_at)
SELECT $1, id, $3, $4, $5
FROM unnest(string_to_array($2, ',')::uuid[]) AS id
ORDER BY id
ON CONFLICT (kind, subject_id) DO UPDATE SET
    generation = greatest(revocations.generation, excluded.generation),
    revoked_at = greatest(revocations.revoked_at, excluded.revoked_at),
    expires_at = greatest(revocations.expires_at, excluded.expires_at),
    written_by = excluded.written_by
