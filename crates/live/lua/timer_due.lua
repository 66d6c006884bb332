#!lua flags=no-writes
-- Lists the timers that are due, the longest overdue first. Removes none.
-- KEYS: 1 the timers
-- ARGV: 1 at most how many
-- Returns { ms until the next one that is not due yet or -1, { { member, at }… } }.
local now = string.format('%.0f', now_ms())
local listed = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')
local due = {}
for place = 1, #listed, 2 do
  due[#due + 1] = { listed[place], listed[place + 1] }
end

local next = redis.call('ZRANGE', KEYS[1], '(' .. now, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
local next_in = -1
if next[2] then
  next_in = tonumber(next[2]) - tonumber(now)
end
return { next_in, due }
