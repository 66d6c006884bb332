SELECT position, event_id, account_id, subject, sequence, occurred_at, actor, kind, traceparent, body,
       extract(epoch FROM clock_timestamp() - occurred_at)::float8 AS waited_s
FROM outbox ORDER BY position LIMIT $1
