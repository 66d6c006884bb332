-- The second lock: a query that forgets the account finds nothing. FORCE, because the service
-- owns its tables and owners are exempt otherwise.
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'accounts', 'resources', 'links', 'extensions', 'numbers', 'ring_groups', 'queues', 'menus', 'schedules'
    ]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (account_id = nullif(current_setting(''app.account_id'', true), '''')::uuid)',
            tenant_table);
    END LOOP;
END
$$;
