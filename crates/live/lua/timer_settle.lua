#!lua flags=allow-oom
-- Removes or postpones a timer that fired, unless it was removed or re-armed since.
-- KEYS: 1 the timers
-- ARGV: 1 the member; 2 when it was due; 3 in how many ms to fire again, empty to remove it
-- Returns 1 if it was as seen, else 0.
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at or tonumber(at) ~= tonumber(ARGV[2]) then
  return 0
end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], string.format('%.0f', now_ms() + ARGV[3]), ARGV[1])
end
return 1
