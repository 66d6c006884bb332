-- Calls, by month of their id, which begins with the time it was made: so a call, its legs, its
-- waits and its events are in the same month, and go together when the month does.
--
-- Durations are whole microseconds; outcome, offer_end and exit are the numbers of the proto enums
-- in strowger.routing.v1.

CREATE TABLE call_records (
    account_id  uuid        NOT NULL,
    call_id     uuid        NOT NULL,
    -- How far it is folded: events so far, the writer's count of the last, its time.
    events      bigint      NOT NULL,
    sequence    bigint      NOT NULL,
    folded_at   timestamptz NOT NULL,
    outcome     smallint    NOT NULL,
    caller      text        NOT NULL,
    dialled     text        NOT NULL,
    number_id   uuid,
    person_id   uuid,
    via         text        NOT NULL,
    arrived_at  timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at    timestamptz,
    talked_us   bigint      NOT NULL,
    held_us     bigint      NOT NULL,
    voicemail   text        NOT NULL,
    PRIMARY KEY (account_id, call_id)
) PARTITION BY RANGE (call_id);

-- Newest first, of everybody and of one caller. Neither changes after the first event, so the
-- updates that follow touch no index.
CREATE INDEX call_records_arrived_idx ON call_records (account_id, arrived_at, call_id);
CREATE INDEX call_records_caller_idx ON call_records (account_id, caller, arrived_at, call_id);

CREATE TABLE call_legs (
    account_id  uuid        NOT NULL,
    call_id     uuid        NOT NULL,
    position    integer     NOT NULL,
    leg_id      uuid        NOT NULL,
    person_id   uuid,
    via         text        NOT NULL,
    offered_at  timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at    timestamptz,
    offer_end   smallint    NOT NULL,
    rang_us     bigint      NOT NULL,
    PRIMARY KEY (account_id, call_id, position)
) PARTITION BY RANGE (call_id);

-- The calls that were offered to a person: what a USER may see.
CREATE INDEX call_legs_person_idx ON call_legs (account_id, person_id, call_id);

CREATE TABLE call_waits (
    account_id       uuid        NOT NULL,
    call_id          uuid        NOT NULL,
    position         integer     NOT NULL,
    queue_id         uuid        NOT NULL,
    entered_at       timestamptz NOT NULL,
    service_level_us bigint      NOT NULL,
    short_abandon_us bigint      NOT NULL,
    left_at          timestamptz,
    exit             smallint    NOT NULL,
    waited_us        bigint      NOT NULL,
    PRIMARY KEY (account_id, call_id, position)
) PARTITION BY RANGE (call_id);

CREATE INDEX call_waits_queue_idx ON call_waits (account_id, queue_id, call_id);

-- The log: every step as it was written. A call's timeline, and what a rebuild folds again.
CREATE TABLE call_events (
    account_id  uuid        NOT NULL,
    call_id     uuid        NOT NULL,
    position    bigint      NOT NULL,
    sequence    bigint      NOT NULL,
    event_id    uuid        NOT NULL,
    happened_at timestamptz NOT NULL,
    actor       text        NOT NULL,
    traceparent text        NOT NULL,
    body        bytea       NOT NULL,
    PRIMARY KEY (account_id, call_id, position)
) PARTITION BY RANGE (call_id);
