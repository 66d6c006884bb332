#!lua flags=allow-oom
-- Drops the oldest events of a partition and remembers up to where.
-- KEYS: 1 the event stream; 2 up to where it was trimmed
-- ARGV: 1 the first entry to keep; 2 the one before it
-- Returns how many were dropped.
-- Guarantee: with nothing to drop, nothing is changed, so the mark never moves back.
local dropped = redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[1])
if dropped > 0 then
  redis.call('SET', KEYS[2], ARGV[2])
end
return dropped
