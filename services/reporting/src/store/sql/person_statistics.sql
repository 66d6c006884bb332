-- $1 account, $2 start, $3 end (quarter-hours), $4 now, $5 everybody?, $6 else these people,
-- $7 after this person, $8 how many.
WITH present AS (
    SELECT person_id FROM person_quarters WHERE account_id = $1 AND quarter >= $2 AND quarter < $3
    UNION
    SELECT person_id FROM state_quarters WHERE account_id = $1 AND quarter >= $2 AND quarter < $3
    UNION
    SELECT person_id FROM state_days
    WHERE account_id = $1 AND day >= ($2 AT TIME ZONE 'UTC')::date AND day < $3 AT TIME ZONE 'UTC'
    UNION
    SELECT person_id FROM people WHERE account_id = $1 AND greatest(folded_at, $2) < least($4, $3)
), page AS (
    SELECT person_id FROM present
    WHERE ($5 OR person_id = ANY ($6::uuid[])) AND person_id > $7
    ORDER BY person_id LIMIT $8
)
SELECT
    page.person_id,
    coalesce(sum(answered), 0)::bigint AS answered,
    coalesce(sum(missed), 0)::bigint AS missed,
    coalesce(sum(declined), 0)::bigint AS declined,
    coalesce(sum(withdrawn), 0)::bigint AS withdrawn,
    coalesce(sum(rang_us), 0)::bigint AS rang_us,
    coalesce(sum(talk_us), 0)::bigint AS talk_us,
    coalesce(sum(hold_us), 0)::bigint AS hold_us,
    coalesce(sum(wrap_up_us), 0)::bigint AS wrap_up_us
FROM page LEFT JOIN person_quarters AS sums
    ON sums.account_id = $1 AND sums.person_id = page.person_id AND sums.quarter >= $2 AND sums.quarter < $3
GROUP BY page.person_id
ORDER BY page.person_id
