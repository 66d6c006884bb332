#!lua
-- Counts an attempt against a bucket before anybody knows how it ends, so that a hundred guesses
-- sent at once are a hundred guesses.
-- KEYS: 1 the bucket
-- ARGV: 1 operation id; 2 attempts without a pause; 3 the first pause, ms; 4 the longest, ms;
--       5 for how long an idle bucket is remembered, ms
-- Returns 0: go on; n > 0: come back in n ms, and nothing was counted.
-- Guarantee: the pause doubles with every attempt beyond the free ones up to the longest; an
-- attempt that comes too early does not prolong it; a repeated operation is not counted twice.
local operation, free = ARGV[1], tonumber(ARGV[2])
local first, longest, memory = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = now_ms()
local state = redis.call('HMGET', KEYS[1], 'count', 'until', 'last')
if state[3] == operation then
  return 0
end
local wait = (tonumber(state[2]) or 0) - now
if wait > 0 then
  -- A clock that stepped back must not make the pause longer than it can be.
  return math.min(wait, longest)
end
local count = (tonumber(state[1]) or 0) + 1
local pause = 0
if count > free then
  -- 2^40 ms are 35 years: beyond it doubling only loses precision.
  pause = math.min(first * 2 ^ math.min(count - free - 1, 40), longest)
end
redis.call('HSET', KEYS[1], 'count', count, 'until', now + pause, 'last', operation)
redis.call('PEXPIRE', KEYS[1], memory)
return 0
