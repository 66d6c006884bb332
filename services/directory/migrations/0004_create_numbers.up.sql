CREATE TABLE numbers (
    account_id    uuid        NOT NULL,
    number_id     uuid        NOT NULL,
    e164          text        NOT NULL CHECK (e164 ~ '^\+[0-9]{7,15}$'),
    label         text        NOT NULL CHECK (char_length(label) <= 100),
    target        text        NOT NULL,
    schedule_id   uuid,
    closed_target text        NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    version       bigint      NOT NULL,
    PRIMARY KEY (account_id, number_id),
    FOREIGN KEY (account_id, number_id) REFERENCES resources
);

-- Whose a dialled number is: the only question that is asked before the tenant is known, and what
-- makes a number unique in the mesh. Not a tenant table: no row-level security, and a reference
-- table where the others are distributed.
CREATE TABLE dialled_numbers (
    e164       text NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL,
    number_id  uuid NOT NULL,
    UNIQUE (account_id, number_id),
    -- Deferred: a number is taken before it is written.
    FOREIGN KEY (account_id, number_id) REFERENCES numbers ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
