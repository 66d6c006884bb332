-- People who are not to be reached, because identity said so: suspended, or left. And the company
-- itself, whose calls are not taken while it is suspended.

ALTER TABLE accounts ADD COLUMN suspended boolean NOT NULL DEFAULT false;

CREATE TABLE absences (
    account_id uuid        NOT NULL REFERENCES accounts,
    person_id  uuid        NOT NULL,
    standing   text        NOT NULL CHECK (standing IN ('SUSPENDED', 'LEFT')),
    since      timestamptz NOT NULL,
    -- Numbers that lead elsewhere until the person is back.
    handed     jsonb       NOT NULL CHECK (jsonb_typeof(handed) = 'array'),
    PRIMARY KEY (account_id, person_id)
);

ALTER TABLE absences ENABLE ROW LEVEL SECURITY;
ALTER TABLE absences FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON absences
    USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
