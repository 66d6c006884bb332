-- Forgotten passwords (ID-3).

-- The right to replace a password. It is made when its mail is taken, and of its token only a
-- digest is kept.
CREATE TABLE password_resets (
    account_id    uuid        NOT NULL,
    reset_id      uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    secret_digest bytea       NOT NULL CHECK (octet_length(secret_digest) = 32),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (account_id, reset_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- One open reset per person: a new one ends the older.
CREATE UNIQUE INDEX password_resets_open_key ON password_resets (account_id, user_id) WHERE ended_at IS NULL;
-- For the sweep.
CREATE INDEX password_resets_expires_idx ON password_resets (expires_at);

ALTER TABLE password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_resets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON password_resets
    USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
CREATE POLICY sweep ON password_resets
    USING (coalesce(current_setting('app.account_id', true), '') = '' AND expires_at < now());

-- What was asked for at the open door, before anybody looks whose address it is: that is what
-- makes the answer the same for everybody. Not a tenant table, like logins. Addresses that
-- nobody has are gone as soon as the mailer comes, and after half an hour at the latest.
CREATE TABLE password_reset_requests (
    email_key    text        NOT NULL PRIMARY KEY CHECK (email_key = lower(email_key)),
    delivery_id  uuid        NOT NULL UNIQUE,
    network      text        NOT NULL,
    requested_at timestamptz NOT NULL,
    -- Until when the mailer that took it may acknowledge it.
    taken_until  timestamptz
);

CREATE INDEX password_reset_requests_requested_idx ON password_reset_requests (requested_at);
