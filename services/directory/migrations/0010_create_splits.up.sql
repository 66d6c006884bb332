-- Splits of shared identities: the state of an operation across identity and directory, step by
-- step. What only its steps needed to know of the people is gone when it is done.

CREATE TABLE splits (
    account_id     uuid        NOT NULL REFERENCES accounts,
    split_id       uuid        NOT NULL,
    person_id      uuid        NOT NULL,
    successor_id   text        NOT NULL,
    successor_name text        NOT NULL CHECK (char_length(successor_name) BETWEEN 1 AND 100),
    strategy       text        NOT NULL,
    people         jsonb       NOT NULL CHECK (jsonb_array_length(people) BETWEEN 2 AND 20),
    created_at     timestamptz NOT NULL,
    switched_at    timestamptz,
    deactivated_at timestamptz,
    archived_at    timestamptz,
    PRIMARY KEY (account_id, split_id),
    CHECK (deactivated_at IS NULL OR switched_at IS NOT NULL),
    CHECK (archived_at IS NULL OR deactivated_at IS NOT NULL)
);

-- Nobody is split twice at once.
CREATE UNIQUE INDEX splits_person_key ON splits (account_id, person_id) WHERE archived_at IS NULL;

ALTER TABLE splits ENABLE ROW LEVEL SECURITY;
ALTER TABLE splits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON splits USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
