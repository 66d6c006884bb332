INSERT INTO state_quarters AS known (account_id, person_id, quarter, state, time_us)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::smallint[], $5::bigint[])
ON CONFLICT (account_id, person_id, quarter, state) DO UPDATE SET time_us = known.time_us + excluded.time_us
