-- Roles beyond USER, which everybody holds and nobody stores.
CREATE TABLE grants (
    account_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    role       text        NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'SUPERVISOR', 'ACCOUNTANT', 'TECHNICAL')),
    -- usr_… or key_…: who acts need not be a person.
    granted_by text        NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id, role),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- Never two owners; that there is one is the account's owner_id.
CREATE UNIQUE INDEX grants_owner_key ON grants (account_id) WHERE role = 'OWNER';

-- What a supervisor's role covers: groups, queues, ring groups and menus, as ids with their
-- prefix, because they live in directory and are of four kinds.
CREATE TABLE supervised (
    account_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    role       text NOT NULL DEFAULT 'SUPERVISOR' CHECK (role = 'SUPERVISOR'),
    covered_id text NOT NULL CHECK (covered_id ~ '^(grp|que|rgr|men)_[0-9a-z]{26}$'),
    PRIMARY KEY (account_id, user_id, covered_id),
    FOREIGN KEY (account_id, user_id, role) REFERENCES grants (account_id, user_id, role) ON DELETE CASCADE
);
