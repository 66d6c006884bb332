INSERT INTO people (account_id, person_id, events, sequence, folded_at, state)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::smallint[])
ON CONFLICT (account_id, person_id) DO UPDATE SET
    events = excluded.events,
    sequence = excluded.sequence,
    folded_at = excluded.folded_at,
    state = excluded.state
