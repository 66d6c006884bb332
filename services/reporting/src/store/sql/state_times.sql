-- $1 account, $2 start, $3 end (quarter-hours), $4 now, $5 these people.
-- A whole day counts as far as it is in the span; the open state counts up to now or the end.
WITH times AS (
    SELECT person_id, state, time_us FROM state_quarters
    WHERE account_id = $1 AND person_id = ANY ($5::uuid[]) AND quarter >= $2 AND quarter < $3
    UNION ALL
    SELECT person_id, state, (extract(epoch FROM until - since) * 1000000)::bigint
    FROM (
        SELECT person_id, state,
            greatest(day::timestamp AT TIME ZONE 'UTC', $2) AS since,
            least((day + 1)::timestamp AT TIME ZONE 'UTC', $3) AS until
        FROM state_days
        WHERE account_id = $1 AND person_id = ANY ($5::uuid[])
            AND day >= ($2 AT TIME ZONE 'UTC')::date AND day < $3 AT TIME ZONE 'UTC'
        UNION ALL
        SELECT person_id, state, greatest(folded_at, $2), least($4, $3)
        FROM people
        WHERE account_id = $1 AND person_id = ANY ($5::uuid[]) AND state > 0
            AND greatest(folded_at, $2) < least($4, $3)
    ) AS spans
)
SELECT person_id, state, sum(time_us)::bigint AS time_us
FROM times GROUP BY person_id, state ORDER BY person_id, state
