-- Every resource has a row here beside the one in its own table, and every mention of one resource
-- in another is a link: what is mentioned exists and stays, whatever the kinds.

CREATE TABLE resources (
    account_id  uuid NOT NULL REFERENCES accounts,
    resource_id uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('extension', 'number', 'ring_group', 'queue', 'menu', 'schedule')),
    PRIMARY KEY (account_id, resource_id)
);

CREATE TABLE links (
    account_id uuid    NOT NULL,
    source_id  uuid    NOT NULL,
    -- Path of the field that holds the mention: keys[2].target.
    field      text    NOT NULL,
    target_id  uuid,
    -- A number outside; may be one of the account's own.
    e164       text,
    -- Calls take it without anybody's choice; a circle of these is refused.
    automatic  boolean NOT NULL,
    PRIMARY KEY (account_id, source_id, field),
    FOREIGN KEY (account_id, source_id) REFERENCES resources ON DELETE CASCADE,
    -- Deferred: a resource may mention itself (its own voicemail), and goes together with that.
    FOREIGN KEY (account_id, target_id) REFERENCES resources DEFERRABLE INITIALLY DEFERRED,
    CHECK (num_nonnulls(target_id, e164) = 1)
);

-- Who leads here: asked at every deletion.
CREATE INDEX links_target_idx ON links (account_id, target_id);
