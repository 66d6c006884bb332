-- What applications of a company sign in with. At most two secrets are good at once, the
-- newest and the one before it, so both stand in the row; of each only a keyed digest.
CREATE TABLE service_keys (
    account_id        uuid        NOT NULL REFERENCES accounts,
    key_id            uuid        NOT NULL,
    display_name      text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    permissions       jsonb       NOT NULL CHECK (jsonb_array_length(permissions) BETWEEN 1 AND 64),
    networks          jsonb       NOT NULL CHECK (jsonb_array_length(networks) <= 20),
    -- usr_…
    created_by        text        NOT NULL,
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    secret_digest     bytea       NOT NULL CHECK (octet_length(secret_digest) = 32),
    secret_since      timestamptz NOT NULL,
    former_digest     bytea CHECK (octet_length(former_digest) = 32),
    former_until      timestamptz,
    last_used_at      timestamptz,
    -- Truncated to /24 or /48 before it gets here.
    last_used_network text        NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, key_id),
    CHECK ((former_digest IS NULL) = (former_until IS NULL))
);

-- Those in use are counted whenever one is made.
CREATE INDEX service_keys_unrevoked_idx ON service_keys (account_id, expires_at) WHERE revoked_at IS NULL;

ALTER TABLE service_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON service_keys
    USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
