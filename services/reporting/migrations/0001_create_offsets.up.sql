-- How far each partition's event stream is folded. Moved, compare and set, in the transaction of
-- the rows: what makes the effect of every event exactly once, whoever reads it how often.

CREATE TABLE offsets (
    partition smallint    NOT NULL PRIMARY KEY CHECK (partition BETWEEN 0 AND 63),
    position  text        NOT NULL,
    moved_at  timestamptz NOT NULL
);

INSERT INTO offsets (partition, position, moved_at)
SELECT partition, '0-0', now() FROM generate_series(0, 63) AS partition;
