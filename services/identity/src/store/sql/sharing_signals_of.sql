-- The latest $4 occasions of each person ($2), of those that began after a moment ($3).
SELECT signal.*
FROM unnest($2::uuid[], $3::timestamptz[]) AS who (user_id, since)
CROSS JOIN LATERAL (
    SELECT * FROM sharing_signals
    WHERE account_id = $1 AND user_id = who.user_id AND first_at > who.since
    ORDER BY last_at DESC
    LIMIT $4
) AS signal
