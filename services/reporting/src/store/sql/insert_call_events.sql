INSERT INTO call_events (
    account_id, call_id, position, sequence, event_id, happened_at, actor, traceparent, body
)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::text[], $8::text[],
    $9::bytea[]
)
