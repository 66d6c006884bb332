-- What a company wants done about shared identities.
ALTER TABLE accounts ADD COLUMN sharing_policy text NOT NULL DEFAULT 'OBSERVE'
    CHECK (sharing_policy IN ('OBSERVE', 'NOTIFY', 'ONE_SESSION'));

-- Whether the finding was told since it opened.
ALTER TABLE sharing_findings ADD COLUMN reported boolean NOT NULL DEFAULT false;

ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check
    CHECK (end_reason IN ('SIGNED_OUT', 'REUSED', 'PASSWORD_CHANGED', 'WITHDRAWN', 'TAKEN_OVER'));
