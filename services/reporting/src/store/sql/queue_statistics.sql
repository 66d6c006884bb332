-- $1 account, $2 start, $3 end (quarter-hours), $4 all?, $5 else these queues, $6 after this queue,
-- $7 how many.
SELECT
    queue_id,
    sum(answered)::bigint AS answered,
    sum(missed)::bigint AS missed,
    sum(abandoned)::bigint AS abandoned,
    sum(short_abandoned)::bigint AS short_abandoned,
    sum(in_threshold)::bigint AS in_threshold,
    sum(answered_wait_us)::bigint AS answered_wait_us,
    sum(wait_us)::bigint AS wait_us,
    max(longest_us) AS longest_us,
    sum(talk_us)::bigint AS talk_us,
    sum(hold_us)::bigint AS hold_us,
    sum(wrap_up_us)::bigint AS wrap_up_us
FROM queue_quarters
WHERE account_id = $1 AND quarter >= $2 AND quarter < $3
    AND ($4 OR queue_id = ANY ($5::uuid[])) AND queue_id > $6
GROUP BY queue_id
ORDER BY queue_id
LIMIT $7
