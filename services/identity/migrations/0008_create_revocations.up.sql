-- Tokens to be refused although they have not expired, until they have. Not a tenant table: every
-- service follows those of all accounts, and the ids say nothing without the rows they are of.
CREATE TABLE revocations (
    kind       text        NOT NULL CHECK (kind IN ('SESSION', 'USER', 'ACCOUNT', 'SERVICE_KEY')),
    subject_id uuid        NOT NULL,
    -- Tokens of an earlier generation are refused; of a session all of them.
    generation bigint      NOT NULL CHECK (generation >= 0),
    revoked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Which transaction wrote it. Whoever follows asks for what was written by transactions that
    -- had not ended when it last looked, so that one that commits late is not missed.
    written_by xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (kind, subject_id)
);

CREATE INDEX revocations_written_idx ON revocations (written_by);

-- How often the tokens of a person, and of a whole company, have been recalled.
ALTER TABLE users ADD COLUMN token_generation bigint NOT NULL DEFAULT 0 CHECK (token_generation >= 0);
ALTER TABLE accounts ADD COLUMN token_generation bigint NOT NULL DEFAULT 0 CHECK (token_generation >= 0);
