#!lua
-- Says that a replica lives and counts those that do.
-- KEYS: 1 the role's replicas, by when each was last heard of
-- ARGV: 1 the replica; 2 how long it counts as living, ms
-- Returns { how many live, how many of them come before this one }.
-- Guarantee: replicas that see the same members get ranks 0..n-1, each once.
local now = now_ms()
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])

local rank = 0
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, member in ipairs(members) do
  if member < ARGV[1] then
    rank = rank + 1
  end
end
return { #members, rank }
