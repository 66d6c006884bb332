-- Answers to requests that carried a request_id, kept so that a repeat gets the
-- same answer and changes nothing. Written in the transaction of the effect.
CREATE TABLE replay (
    account_id   uuid        NOT NULL,
    actor        text        NOT NULL,
    method       text        NOT NULL,
    request_id   text        NOT NULL CHECK (char_length(request_id) BETWEEN 1 AND 64),
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) = 32),
    response     bytea       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, actor, method, request_id)
);

-- Old answers are swept by age.
CREATE INDEX replay_created_at_idx ON replay (created_at);
