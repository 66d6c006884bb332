DROP TABLE outbox;
DROP TABLE outbox_subjects;
DROP FUNCTION outbox_wake;
