INSERT INTO call_waits AS known (
    account_id, call_id, position, queue_id, entered_at, service_level_us, short_abandon_us, left_at, exit, waited_us
)
SELECT account_id, call_id, position, queue_id, entered_at, service_level_us, short_abandon_us,
    nullif(left_at, 'epoch'), exit, waited_us
FROM unnest(
    $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::timestamptz[], $6::bigint[], $7::bigint[],
    $8::timestamptz[], $9::smallint[], $10::bigint[]
) AS row (
    account_id, call_id, position, queue_id, entered_at, service_level_us, short_abandon_us, left_at, exit, waited_us
)
ON CONFLICT (account_id, call_id, position) DO UPDATE SET
    left_at = excluded.left_at,
    exit = excluded.exit,
    waited_us = excluded.waited_us
WHERE (known.left_at, known.exit, known.waited_us) IS DISTINCT FROM (excluded.left_at, excluded.exit, excluded.waited_us)
