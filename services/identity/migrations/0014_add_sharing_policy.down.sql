UPDATE sessions SET end_reason = 'SIGNED_OUT' WHERE end_reason = 'TAKEN_OVER';
ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check
    CHECK (end_reason IN ('SIGNED_OUT', 'REUSED', 'PASSWORD_CHANGED', 'WITHDRAWN'));
ALTER TABLE sharing_findings DROP COLUMN reported;
ALTER TABLE accounts DROP COLUMN sharing_policy;
