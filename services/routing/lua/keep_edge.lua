#!lua
-- An edge says which of its calls live in one partition.
-- KEYS: 1 the edge's calls by when they were last confirmed; 2 the partition's timers
-- ARGV: 1 edge id; 2 its lease, ms; then call ids
-- Returns the ids of calls that are not this edge's, or no longer.
-- Guarantee: a call that is not named is not confirmed; confirming never revives an ended call.
local now = now_ms()
local unknown = {}
for place = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[place]) then
    redis.call('ZADD', KEYS[1], 'GT', string.format('%.0f', now), ARGV[place])
  else
    unknown[#unknown + 1] = ARGV[place]
  end
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if oldest[2] then
  redis.call('ZADD', KEYS[2], string.format('%.0f', oldest[2] + ARGV[2]), ARGV[1])
end
return unknown
