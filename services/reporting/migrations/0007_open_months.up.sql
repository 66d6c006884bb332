-- Opens a month: makes its part of every table that is kept by month, unless it is there. The
-- service calls it ahead of time, and before it writes into a month that it has not seen.
CREATE FUNCTION open_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first_day   date := date_trunc('month', month);
    after_it    date := first_day + interval '1 month';
    parent      text;
    part        text;
    from_value  text;
    until_value text;
BEGIN
    -- Replicas may open the same month at once.
    PERFORM pg_advisory_xact_lock(hashtext('open_month'));
    FOREACH parent IN ARRAY ARRAY[
        'call_records', 'call_legs', 'call_waits', 'call_events',
        'person_events', 'person_quarters', 'queue_quarters', 'state_quarters', 'audit_events'
    ]
    LOOP
        part := parent || to_char(first_day, '_YYYY_MM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        IF parent LIKE 'call\_%' THEN
            from_value := first_call_id(first_day)::text;
            until_value := first_call_id(after_it)::text;
        ELSE
            from_value := first_day || ' 00:00:00+00';
            until_value := after_it || ' 00:00:00+00';
        END IF;
        -- Rows are updated while their call lives: room for that keeps them on their page.
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = %s)',
            part, parent, from_value, until_value,
            CASE WHEN parent LIKE '%\_events' THEN 100 ELSE 70 END);
        -- Policies stand on the parent. Asked by its own name, a part shows nothing.
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
    END LOOP;
END
$$;

-- The lowest UUIDv7 of a day: 48 bits of milliseconds, then nothing.
CREATE FUNCTION first_call_id(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM day) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
