CREATE TABLE queues (
    account_id                 uuid        NOT NULL,
    queue_id                   uuid        NOT NULL,
    display_name               text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    members                    jsonb       NOT NULL CHECK (jsonb_array_length(members) <= 1000),
    strategy                   text        NOT NULL
        CHECK (strategy IN ('LONGEST_IDLE', 'ROUND_ROBIN', 'LEAST_CALLS', 'LINEAR', 'RANDOM')),
    ring_timeout_ms            bigint      NOT NULL CHECK (ring_timeout_ms BETWEEN 5000 AND 120000),
    wrap_up_ms                 bigint      NOT NULL CHECK (wrap_up_ms BETWEEN 0 AND 3600000),
    max_wait_ms                bigint      NOT NULL CHECK (max_wait_ms BETWEEN 0 AND 86400000),
    max_size                   integer     NOT NULL CHECK (max_size BETWEEN 0 AND 10000),
    join_empty                 boolean     NOT NULL,
    max_misses                 smallint    NOT NULL CHECK (max_misses BETWEEN 1 AND 10),
    service_level_threshold_ms bigint      NOT NULL CHECK (service_level_threshold_ms BETWEEN 1000 AND 3600000),
    short_abandon_threshold_ms bigint      NOT NULL CHECK (short_abandon_threshold_ms BETWEEN 0 AND 60000),
    too_long_target            text        NOT NULL,
    full_target                text        NOT NULL,
    empty_target               text        NOT NULL,
    created_at                 timestamptz NOT NULL,
    updated_at                 timestamptz NOT NULL,
    version                    bigint      NOT NULL,
    PRIMARY KEY (account_id, queue_id),
    FOREIGN KEY (account_id, queue_id) REFERENCES resources
);
