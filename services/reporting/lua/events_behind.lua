#!lua flags=no-writes
-- Counts the events after an offset.
-- KEYS: 1 the event stream
-- ARGV: 1 the offset; 2 the highest count to tell
-- Returns the count, at most ARGV[2].
-- Guarantee: reads at most ARGV[2] entries, and moves none of them to the client.
return #redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', tonumber(ARGV[2]))
