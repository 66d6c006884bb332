-- The audit trail: every sign-in and change of configuration as it was written. What is filtered
-- by stands beside the message.

CREATE TABLE audit_events (
    account_id  uuid        NOT NULL,
    happened_at timestamptz NOT NULL,
    event_id    uuid        NOT NULL,
    actor       text        NOT NULL,
    action      text        NOT NULL,
    subject     text        NOT NULL,
    traceparent text        NOT NULL,
    body        bytea       NOT NULL,
    PRIMARY KEY (account_id, happened_at, event_id)
) PARTITION BY RANGE (happened_at);

CREATE INDEX audit_events_actor_idx ON audit_events (account_id, actor, happened_at, event_id);
CREATE INDEX audit_events_subject_idx ON audit_events (account_id, subject, happened_at, event_id);

-- How far the changes of each object are folded.
CREATE TABLE changed (
    account_id uuid        NOT NULL,
    subject    text        NOT NULL,
    events     bigint      NOT NULL,
    sequence   bigint      NOT NULL,
    folded_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, subject)
);
