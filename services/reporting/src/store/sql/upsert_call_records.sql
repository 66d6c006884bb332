INSERT INTO call_records (
    account_id, call_id, events, sequence, folded_at, outcome, caller, dialled, number_id, person_id,
    via, arrived_at, answered_at, ended_at, talked_us, held_us, voicemail
)
SELECT account_id, call_id, events, sequence, folded_at, outcome, caller, dialled,
    nullif(number_id, '00000000-0000-0000-0000-000000000000'),
    nullif(person_id, '00000000-0000-0000-0000-000000000000'),
    via, arrived_at, nullif(answered_at, 'epoch'), nullif(ended_at, 'epoch'), talked_us, held_us, voicemail
FROM unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::smallint[], $7::text[], $8::text[],
    $9::uuid[], $10::uuid[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
    $15::bigint[], $16::bigint[], $17::text[]
) AS row (
    account_id, call_id, events, sequence, folded_at, outcome, caller, dialled, number_id, person_id,
    via, arrived_at, answered_at, ended_at, talked_us, held_us, voicemail
)
ON CONFLICT (account_id, call_id) DO UPDATE SET
    events = excluded.events,
    sequence = excluded.sequence,
    folded_at = excluded.folded_at,
    outcome = excluded.outcome,
    caller = excluded.caller,
    dialled = excluded.dialled,
    number_id = excluded.number_id,
    person_id = excluded.person_id,
    via = excluded.via,
    arrived_at = excluded.arrived_at,
    answered_at = excluded.answered_at,
    ended_at = excluded.ended_at,
    talked_us = excluded.talked_us,
    held_us = excluded.held_us,
    voicemail = excluded.voicemail
