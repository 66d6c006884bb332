INSERT INTO call_legs AS known (
    account_id, call_id, position, leg_id, person_id, via, offered_at, answered_at, ended_at, offer_end, rang_us
)
SELECT account_id, call_id, position, leg_id, nullif(person_id, '00000000-0000-0000-0000-000000000000'), via,
    offered_at, nullif(answered_at, 'epoch'), nullif(ended_at, 'epoch'), offer_end, rang_us
FROM unnest(
    $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[],
    $8::timestamptz[], $9::timestamptz[], $10::smallint[], $11::bigint[]
) AS row (
    account_id, call_id, position, leg_id, person_id, via, offered_at, answered_at, ended_at, offer_end, rang_us
)
ON CONFLICT (account_id, call_id, position) DO UPDATE SET
    answered_at = excluded.answered_at,
    ended_at = excluded.ended_at,
    offer_end = excluded.offer_end,
    rang_us = excluded.rang_us
-- Of fifty legs that rang, the batch that ends the call changes one.
WHERE (known.answered_at, known.ended_at, known.offer_end, known.rang_us)
    IS DISTINCT FROM (excluded.answered_at, excluded.ended_at, excluded.offer_end, excluded.rang_us)
