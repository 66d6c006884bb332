-- The second lock: a query that forgets the account finds nothing. FORCE, because the service
-- owns its tables and owners are exempt otherwise.
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['accounts', 'users', 'credentials', 'invitations', 'grants', 'supervised', 'sessions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (account_id = nullif(current_setting(''app.account_id'', true), '''')::uuid)',
            tenant_table);
    END LOOP;
END
$$;

-- Outside every account only what has run out can be seen: the sweep deletes it for all
-- tenants at once.
CREATE POLICY sweep ON sessions
    USING (coalesce(current_setting('app.account_id', true), '') = '' AND expires_at < now());
