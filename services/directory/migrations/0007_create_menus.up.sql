CREATE TABLE menus (
    account_id     uuid        NOT NULL,
    menu_id        uuid        NOT NULL,
    display_name   text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    prompt         text        NOT NULL CHECK (char_length(prompt) BETWEEN 1 AND 200),
    keys           jsonb       NOT NULL CHECK (jsonb_array_length(keys) <= 12),
    key_timeout_ms bigint      NOT NULL CHECK (key_timeout_ms BETWEEN 1000 AND 60000),
    attempts       smallint    NOT NULL CHECK (attempts BETWEEN 1 AND 10),
    timeout_target text        NOT NULL,
    invalid_target text        NOT NULL,
    schedule_id    uuid,
    closed_target  text        NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    version        bigint      NOT NULL,
    PRIMARY KEY (account_id, menu_id),
    FOREIGN KEY (account_id, menu_id) REFERENCES resources
);
