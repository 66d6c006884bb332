-- Events written in the transaction of the change they report, on their way to
-- the account's event stream. A row lives until it is there: milliseconds.
CREATE TABLE outbox (
    position    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid        NOT NULL UNIQUE,
    account_id  uuid        NOT NULL,
    subject     text        NOT NULL,
    sequence    bigint      NOT NULL CHECK (sequence > 0),
    occurred_at timestamptz NOT NULL,
    actor       text        NOT NULL,
    kind        text        NOT NULL,
    traceparent text        NOT NULL,
    body        bytea       NOT NULL
);

-- The number of each subject's last event. Its row is locked from the insert to
-- the commit, so the events of one subject get their numbers, their positions
-- and their commits in the same order.
CREATE TABLE outbox_subjects (
    account_id uuid   NOT NULL,
    subject    text   NOT NULL,
    sequence   bigint NOT NULL,
    PRIMARY KEY (account_id, subject)
);

-- Wakes the relays at commit; Postgres folds repeats within a transaction.
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY outbox;
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_wake AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();
