WITH subject AS (
    INSERT INTO outbox_subjects AS known (account_id, subject, sequence)
    VALUES ($2, $3, 1)
    ON CONFLICT (account_id, subject) DO UPDATE SET sequence = known.sequence + 1
    RETURNING sequence
)
INSERT INTO outbox (event_id, account_id, subject, sequence, occurred_at, actor, kind, traceparent, body)
SELECT $1, $2, $3, sequence, clock_timestamp(), $4, $5, $6, $7 FROM subject
RETURNING sequence
