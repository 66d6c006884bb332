CREATE TABLE schedules (
    account_id     uuid        NOT NULL,
    schedule_id    uuid        NOT NULL,
    display_name   text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    time_zone      text        NOT NULL,
    slots          jsonb       NOT NULL CHECK (jsonb_array_length(slots) <= 100),
    holidays       jsonb       NOT NULL CHECK (jsonb_array_length(holidays) <= 400),
    override_state text        CHECK (override_state IN ('OPEN', 'CLOSED')),
    override_until timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    version        bigint      NOT NULL,
    PRIMARY KEY (account_id, schedule_id),
    FOREIGN KEY (account_id, schedule_id) REFERENCES resources,
    CHECK (override_until IS NULL OR override_state IS NOT NULL)
);
