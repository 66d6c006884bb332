INSERT INTO audit_events (account_id, happened_at, event_id, actor, action, subject, traceparent, body)
SELECT * FROM unnest(
    $1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[]
)
ON CONFLICT DO NOTHING
