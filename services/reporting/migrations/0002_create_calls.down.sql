DROP TABLE call_events;
DROP TABLE call_waits;
DROP TABLE call_legs;
DROP TABLE call_records;
