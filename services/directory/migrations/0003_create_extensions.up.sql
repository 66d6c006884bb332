CREATE TABLE extensions (
    account_id       uuid        NOT NULL,
    extension_id     uuid        NOT NULL,
    person_id        uuid        NOT NULL,
    short_number     text        NOT NULL CHECK (short_number ~ '^[0-9]{2,8}$'),
    display_name     text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    devices          jsonb       NOT NULL CHECK (jsonb_array_length(devices) <= 10),
    ring_timeout_ms  bigint      NOT NULL CHECK (ring_timeout_ms BETWEEN 5000 AND 120000),
    busy_target      text        NOT NULL,
    no_answer_target text        NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    version          bigint      NOT NULL,
    PRIMARY KEY (account_id, extension_id),
    FOREIGN KEY (account_id, extension_id) REFERENCES resources,
    -- One identity a person.
    CONSTRAINT extensions_person_key UNIQUE (account_id, person_id),
    CONSTRAINT extensions_short_number_key UNIQUE (account_id, short_number)
);
