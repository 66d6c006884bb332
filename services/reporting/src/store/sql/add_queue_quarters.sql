INSERT INTO queue_quarters AS known (
    account_id, queue_id, quarter, answered, missed, abandoned, short_abandoned, in_threshold,
    answered_wait_us, wait_us, longest_us, talk_us, hold_us, wrap_up_us
)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[]
)
ON CONFLICT (account_id, queue_id, quarter) DO UPDATE SET
    answered = known.answered + excluded.answered,
    missed = known.missed + excluded.missed,
    abandoned = known.abandoned + excluded.abandoned,
    short_abandoned = known.short_abandoned + excluded.short_abandoned,
    in_threshold = known.in_threshold + excluded.in_threshold,
    answered_wait_us = known.answered_wait_us + excluded.answered_wait_us,
    wait_us = known.wait_us + excluded.wait_us,
    longest_us = greatest(known.longest_us, excluded.longest_us),
    talk_us = known.talk_us + excluded.talk_us,
    hold_us = known.hold_us + excluded.hold_us,
    wrap_up_us = known.wrap_up_us + excluded.wrap_up_us
