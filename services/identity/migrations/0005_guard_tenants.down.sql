DROP POLICY sweep ON sessions;
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['accounts', 'users', 'credentials', 'invitations', 'grants', 'supervised', 'sessions']
    LOOP
        EXECUTE format('DROP POLICY tenant ON %I', tenant_table);
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', tenant_table);
    END LOOP;
END
$$;
