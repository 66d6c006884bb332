CREATE TABLE ring_groups (
    account_id       uuid        NOT NULL,
    ring_group_id    uuid        NOT NULL,
    display_name     text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    member_ids       jsonb       NOT NULL CHECK (jsonb_array_length(member_ids) <= 100),
    strategy         text        NOT NULL
        CHECK (strategy IN ('SIMULTANEOUS', 'SEQUENTIAL', 'RANDOM', 'ROUND_ROBIN', 'LONGEST_IDLE')),
    ring_timeout_ms  bigint      NOT NULL CHECK (ring_timeout_ms BETWEEN 5000 AND 120000),
    no_answer_target text        NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    version          bigint      NOT NULL,
    PRIMARY KEY (account_id, ring_group_id),
    FOREIGN KEY (account_id, ring_group_id) REFERENCES resources
);
