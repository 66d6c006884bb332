-- Roles that companies make for themselves, and who holds them.
CREATE TABLE custom_roles (
    account_id   uuid        NOT NULL REFERENCES accounts,
    role_id      uuid        NOT NULL,
    display_name text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 100),
    -- {"QUEUES_MANAGE": "account", "CALLS_READ": "groups"}
    reaches      jsonb       NOT NULL CHECK (jsonb_typeof(reaches) = 'object'),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      bigint      NOT NULL,
    PRIMARY KEY (account_id, role_id)
);

CREATE TABLE custom_grants (
    account_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    role_id    uuid        NOT NULL,
    -- Queues, ring groups, menus and groups, as ids with their prefix.
    covers     jsonb       NOT NULL CHECK (jsonb_array_length(covers) <= 100),
    granted_by text        NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id, role_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id),
    -- A role that somebody holds is not deleted behind their back.
    FOREIGN KEY (account_id, role_id) REFERENCES custom_roles (account_id, role_id)
);

CREATE INDEX custom_grants_role_idx ON custom_grants (account_id, role_id, user_id);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['custom_roles', 'custom_grants']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (account_id = nullif(current_setting(''app.account_id'', true), '''')::uuid)',
            tenant_table);
    END LOOP;
END
$$;
