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
        EXECUTE format('DROP POLICY follower ON %I', tenant_table);
        EXECUTE format('DROP POLICY tenant ON %I', tenant_table);
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', tenant_table);
    END LOOP;
END
$$;
