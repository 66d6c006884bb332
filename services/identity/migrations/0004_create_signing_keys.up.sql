-- The keys that sign access tokens. The private part is sealed under the master key of the
-- configuration: a copy of the database signs nothing.
CREATE TABLE signing_keys (
    key_id         text        NOT NULL PRIMARY KEY,
    public_key     bytea       NOT NULL CHECK (octet_length(public_key) = 32),
    sealed_private bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    active_from    timestamptz NOT NULL,
    replaced_at    timestamptz
);

-- At most one key without a successor, even if two replicas rotate at once.
CREATE UNIQUE INDEX signing_keys_newest_key ON signing_keys ((replaced_at IS NULL)) WHERE replaced_at IS NULL;
