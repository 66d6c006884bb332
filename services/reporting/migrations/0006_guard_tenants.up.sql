-- The second lock: a query that forgets the account finds nothing. FORCE, because the service
-- owns its tables and owners are exempt otherwise. The follower writes for all tenants at once and
-- says so, in its transactions alone.
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'call_records', 'call_legs', 'call_waits', 'call_events',
        'people', 'person_events', 'group_people',
        'person_quarters', 'queue_quarters', 'state_quarters', 'state_days',
        'audit_events', 'changed'
    ]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (account_id = nullif(current_setting(''app.account_id'', true), '''')::uuid)',
            tenant_table);
        EXECUTE format(
            'CREATE POLICY follower ON %I USING (current_setting(''app.follower'', true) = ''on'')',
            tenant_table);
    END LOOP;
END
$$;
