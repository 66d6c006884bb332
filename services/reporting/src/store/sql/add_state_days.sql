INSERT INTO state_days (account_id, person_id, day, state)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::smallint[])
ON CONFLICT DO NOTHING
