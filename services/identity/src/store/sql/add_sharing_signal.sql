-- One signal more: a row of its own, or one more in the row of its hour.
INSERT INTO sharing_signals AS known
    (account_id, user_id, kind, hour_at, first_at, last_at, signals, networks)
VALUES ($1, $2, $3, $4, $5, $5, 1, $6)
ON CONFLICT (account_id, user_id, kind, hour_at) DO UPDATE SET
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at),
    signals = least(known.signals, 2147483646) + 1,
    networks = ARRAY(
        SELECT DISTINCT network FROM unnest(known.networks || excluded.networks) AS network
        ORDER BY network LIMIT 16)
