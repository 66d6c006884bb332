#!lua flags=allow-oom
-- The timer of an edge has fired: which of its calls has it been silent about for a lease?
-- KEYS: 1 the edge's calls by when they were last confirmed; 2 the partition's timers
-- ARGV: 1 edge id; 2 its lease, ms; 3 the most calls to return; 4 look again after, ms
-- Returns call ids. They stay until the transition that ends them takes them off.
-- Guarantee: the timer is armed again while the edge has calls, and gone when it has none.
local now = now_ms()
local lost = redis.call('ZRANGE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]), 'BYSCORE',
  'LIMIT', 0, ARGV[3])
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if oldest[2] then
  timers.arm(KEYS[2], ARGV[1], math.max(oldest[2] + ARGV[2], now + ARGV[4]))
else
  timers.cancel(KEYS[2], ARGV[1])
end
return lost
