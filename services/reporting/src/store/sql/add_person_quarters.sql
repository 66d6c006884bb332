INSERT INTO person_quarters AS known (
    account_id, person_id, quarter, answered, missed, declined, withdrawn, rang_us, talk_us, hold_us, wrap_up_us
)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]
)
ON CONFLICT (account_id, person_id, quarter) DO UPDATE SET
    answered = known.answered + excluded.answered,
    missed = known.missed + excluded.missed,
    declined = known.declined + excluded.declined,
    withdrawn = known.withdrawn + excluded.withdrawn,
    rang_us = known.rang_us + excluded.rang_us,
    talk_us = known.talk_us + excluded.talk_us,
    hold_us = known.hold_us + excluded.hold_us,
    wrap_up_us = known.wrap_up_us + excluded.wrap_up_us
