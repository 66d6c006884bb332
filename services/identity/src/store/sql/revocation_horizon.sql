-- Every transaction before it has ended, and what those wrote can be seen.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon
