-- Compare and set, in the order of the partitions: two followers of the same ones wait for each
-- other instead of deadlocking, and the second finds its offsets moved.
WITH moves AS (
    SELECT * FROM unnest(
        string_to_array($1, ',')::smallint[], string_to_array($2, ','), string_to_array($3, ',')
    ) AS move (partition, before, after)
), held AS (
    SELECT offsets.partition, moves.after
    FROM offsets JOIN moves ON moves.partition = offsets.partition AND moves.before = offsets.position
    ORDER BY offsets.partition
    FOR UPDATE OF offsets
)
UPDATE offsets SET position = held.after, moved_at = clock_timestamp()
FROM held WHERE held.partition = offsets.partition
