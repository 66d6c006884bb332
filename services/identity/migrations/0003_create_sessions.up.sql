-- A sign-in, with the newest of its refresh tokens as a digest. Older tokens are recognised by
-- following the keyed chain from them to the newest, so one row is the whole family.
CREATE TABLE sessions (
    account_id     uuid        NOT NULL,
    session_id     uuid        NOT NULL,
    user_id        uuid        NOT NULL,
    label          text        NOT NULL CHECK (char_length(label) <= 100),
    -- Truncated to /24 or /48 before it gets here.
    network        text        NOT NULL,
    traceparent    text        NOT NULL,
    created_at     timestamptz NOT NULL,
    generation     bigint      NOT NULL CHECK (generation >= 0),
    newest_digest  bytea       NOT NULL CHECK (octet_length(newest_digest) = 32),
    rotated_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    end_reason     text CHECK (end_reason IN ('SIGNED_OUT', 'REUSED', 'PASSWORD_CHANGED', 'WITHDRAWN')),
    PRIMARY KEY (account_id, session_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX sessions_open_idx ON sessions (account_id, user_id, session_id) WHERE ended_at IS NULL;
-- For the sweep.
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

-- Sign-ins with a login that nobody has. They belong to no account; the digest shows that one
-- address is tried again and again without saying which.
CREATE TABLE stray_sign_ins (
    attempt_id   uuid        NOT NULL PRIMARY KEY,
    login_digest bytea       NOT NULL,
    network      text        NOT NULL,
    attempted_at timestamptz NOT NULL
);

CREATE INDEX stray_sign_ins_attempted_idx ON stray_sign_ins (attempted_at);
