DROP TABLE changed;
DROP TABLE audit_events;
