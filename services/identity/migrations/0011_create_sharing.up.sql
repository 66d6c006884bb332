-- What suggests that several people use one identity: one row for each kind of signal and hour,
-- so that the table is bounded by time and people, however busy they are. Deleted after 90 days.
CREATE TABLE sharing_signals (
    account_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('PARALLEL_SESSIONS', 'REFRESH_REUSED', 'TWO_PLACES', 'SECOND_CALL')),
    hour_at    timestamptz NOT NULL,
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL CHECK (last_at >= first_at),
    signals    integer     NOT NULL CHECK (signals > 0),
    -- Truncated to /24 or /48 before they get here.
    networks   text[]      NOT NULL CHECK (cardinality(networks) <= 16),
    PRIMARY KEY (account_id, user_id, kind, hour_at),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id)
);

-- For the sweep.
CREATE INDEX sharing_signals_last_idx ON sharing_signals (last_at);

-- What they amount to: at most one a person. The score is not kept: it falls with every hour.
CREATE TABLE sharing_findings (
    account_id       uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    state            text        NOT NULL CHECK (state IN ('OPEN', 'DISMISSED')),
    opened_at        timestamptz NOT NULL,
    signalled_at     timestamptz NOT NULL,
    settled_at       timestamptz,
    dismissed_by     text,
    dismissed_at     timestamptz,
    dismissed_until  timestamptz,
    dismissed_reason text CHECK (char_length(dismissed_reason) BETWEEN 1 AND 100),
    dismissed_score  smallint CHECK (dismissed_score BETWEEN 0 AND 100),
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, user_id),
    CHECK (num_nulls(dismissed_by, dismissed_at, dismissed_until, dismissed_reason, dismissed_score) IN (0, 5)),
    CHECK (state = 'OPEN' OR dismissed_at IS NOT NULL)
);

-- The list: latest signal first.
CREATE INDEX sharing_findings_list_idx ON sharing_findings (account_id, signalled_at DESC, user_id);
-- For the sweep.
CREATE INDEX sharing_findings_signalled_idx ON sharing_findings (signalled_at);

-- Where a session was used last; `network` is where it began. A replica of the version before
-- writes neither, which makes its sessions ones whose place is unknown.
ALTER TABLE sessions ADD COLUMN seen_network text NOT NULL DEFAULT '';

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['sharing_signals', 'sharing_findings']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (account_id = nullif(current_setting(''app.account_id'', true), '''')::uuid)',
            tenant_table);
    END LOOP;
END
$$;

-- Outside every account only what is too old can be seen: the sweep deletes it for all tenants
-- at once.
CREATE POLICY sweep ON sharing_signals
    USING (coalesce(current_setting('app.account_id', true), '') = '' AND last_at < now() - interval '90 days');
CREATE POLICY sweep ON sharing_findings
    USING (coalesce(current_setting('app.account_id', true), '') = '' AND signalled_at < now() - interval '90 days');
