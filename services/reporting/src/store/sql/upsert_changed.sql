INSERT INTO changed (account_id, subject, events, sequence, folded_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[])
ON CONFLICT (account_id, subject) DO UPDATE SET
    events = excluded.events,
    sequence = excluded.sequence,
    folded_at = excluded.folded_at
