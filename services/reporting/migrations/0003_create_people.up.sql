-- How far each person's presence is folded, and the state that they are in since then: the number
-- of strowger.presence.v1.State.

CREATE TABLE people (
    account_id uuid        NOT NULL,
    person_id  uuid        NOT NULL,
    events     bigint      NOT NULL,
    sequence   bigint      NOT NULL,
    folded_at  timestamptz NOT NULL,
    state      smallint    NOT NULL,
    PRIMARY KEY (account_id, person_id)
);

-- The log: every change of state as it was written.
CREATE TABLE person_events (
    account_id  uuid        NOT NULL,
    person_id   uuid        NOT NULL,
    position    bigint      NOT NULL,
    sequence    bigint      NOT NULL,
    event_id    uuid        NOT NULL,
    happened_at timestamptz NOT NULL,
    actor       text        NOT NULL,
    traceparent text        NOT NULL,
    body        bytea       NOT NULL,
    PRIMARY KEY (account_id, person_id, position, happened_at)
) PARTITION BY RANGE (happened_at);

-- Who is in a group: what a supervisor may see beside their own. Directory's groups will fill it;
-- until they do, a supervisor sees their own.
CREATE TABLE group_people (
    account_id uuid NOT NULL,
    group_id   uuid NOT NULL,
    person_id  uuid NOT NULL,
    PRIMARY KEY (account_id, group_id, person_id)
);
