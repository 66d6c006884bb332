-- Companies and their people. Every tenant table's key starts with account_id, so that the
-- tables can be distributed by account, and row-level security is the second lock on the door
-- whose first is the finder that takes the account.

CREATE TABLE accounts (
    account_id   uuid        NOT NULL PRIMARY KEY,
    display_name text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    time_zone    text        NOT NULL,
    country_code text        NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    seats        integer     NOT NULL CHECK (seats BETWEEN 1 AND 1000000),
    state        text        NOT NULL CHECK (state IN ('ACTIVE', 'SUSPENDED')),
    owner_id     uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      bigint      NOT NULL
);

CREATE TABLE users (
    account_id uuid        NOT NULL REFERENCES accounts,
    user_id    uuid        NOT NULL,
    first_name text        NOT NULL CHECK (char_length(first_name) BETWEEN 1 AND 100),
    last_name  text        NOT NULL CHECK (char_length(last_name) BETWEEN 1 AND 100),
    email      text        NOT NULL CHECK (octet_length(email) <= 254),
    job_title  text        NOT NULL CHECK (char_length(job_title) <= 100),
    state      text        NOT NULL CHECK (state IN ('INVITED', 'ACTIVE', 'SUSPENDED', 'DEACTIVATED')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL,
    PRIMARY KEY (account_id, user_id)
);

-- Exactly one owner, and a person of the account. Deferred, because the two are born together.
ALTER TABLE accounts
    ADD CONSTRAINT accounts_owner_fkey FOREIGN KEY (account_id, owner_id)
        REFERENCES users (account_id, user_id) DEFERRABLE INITIALLY DEFERRED;

-- Seats are counted on every invitation; those who left are not.
CREATE INDEX users_seated_idx ON users (account_id) WHERE state IN ('INVITED', 'ACTIVE');

-- Whose login an address is: the only question that is asked before the tenant is known, and
-- what makes an address unique in the mesh. Not a tenant table: no row-level security, and a
-- reference table where the others are distributed.
CREATE TABLE logins (
    email_key  text NOT NULL PRIMARY KEY CHECK (email_key = lower(email_key)),
    account_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    UNIQUE (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- Apart from users, so that no query for names can ever carry a hash.
CREATE TABLE credentials (
    account_id    uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    password_hash text        NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

CREATE TABLE invitations (
    account_id    uuid        NOT NULL,
    invitation_id uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    secret_digest bytea       NOT NULL CHECK (octet_length(secret_digest) = 32),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (account_id, invitation_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- One open invitation per person: a new one ends the older.
CREATE UNIQUE INDEX invitations_open_key ON invitations (account_id, user_id) WHERE ended_at IS NULL;
