-- The second factor (ID-3): authenticators, recovery codes, and the challenges between a right
-- password and the tokens.

-- Roles whose holders must have a second factor, with commas between; USER means everybody.
ALTER TABLE accounts ADD COLUMN second_factor_roles text NOT NULL DEFAULT '';

-- The authenticator in force. The secret is sealed under the master key of the configuration,
-- and last_step is the time step of the newest code that was accepted: no code is good twice.
CREATE TABLE totp_factors (
    account_id    uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    sealed_secret bytea       NOT NULL,
    last_step     bigint      NOT NULL,
    confirmed_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- An authenticator that was offered to somebody signed in and not confirmed yet.
CREATE TABLE totp_enrolments (
    account_id    uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    sealed_secret bytea       NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- Recovery codes that are still good, as keyed digests; a used one is gone.
CREATE TABLE recovery_codes (
    account_id  uuid  NOT NULL,
    user_id     uuid  NOT NULL,
    code_digest bytea NOT NULL CHECK (octet_length(code_digest) = 32),
    PRIMARY KEY (account_id, user_id, code_digest),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- Sign-ins whose password was right and whose code must follow.
CREATE TABLE sign_in_challenges (
    account_id       uuid        NOT NULL,
    challenge_id     uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    secret_digest    bytea       NOT NULL CHECK (octet_length(secret_digest) = 32),
    label            text        NOT NULL CHECK (char_length(label) <= 100),
    -- The authenticator to set up, for somebody who must have one and has none.
    sealed_enrolment bytea,
    wrong_codes      integer     NOT NULL CHECK (wrong_codes >= 0),
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    PRIMARY KEY (account_id, challenge_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

CREATE INDEX sign_in_challenges_open_idx ON sign_in_challenges (account_id, user_id) WHERE ended_at IS NULL;
-- For the sweep.
CREATE INDEX totp_enrolments_expires_idx ON totp_enrolments (expires_at);
CREATE INDEX sign_in_challenges_expires_idx ON sign_in_challenges (expires_at);

-- The second lock, as in 0005.
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['totp_factors', 'totp_enrolments', 'recovery_codes', 'sign_in_challenges']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (account_id = nullif(current_setting(''app.account_id'', true), '''')::uuid)',
            tenant_table);
    END LOOP;
END
$$;

CREATE POLICY sweep ON totp_enrolments
    USING (coalesce(current_setting('app.account_id', true), '') = '' AND expires_at < now());
CREATE POLICY sweep ON sign_in_challenges
    USING (coalesce(current_setting('app.account_id', true), '') = '' AND expires_at < now());
