-- How far each partition's event stream has taken effect here. Moved, compare and set, in the
-- transaction of the effect: what makes every event take effect once, whoever reads it how often.

CREATE TABLE offsets (
    partition smallint    NOT NULL PRIMARY KEY CHECK (partition BETWEEN 0 AND 63),
    position  text        NOT NULL,
    moved_at  timestamptz NOT NULL
);

INSERT INTO offsets (partition, position, moved_at)
SELECT partition, '0-0', now() FROM generate_series(0, 63) AS partition;
