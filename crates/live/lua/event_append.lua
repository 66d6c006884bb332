#!lua
-- Appends events of an outbox to the partition's stream, each once.
-- KEYS: 1 the event stream; 2 the source's recently relayed event ids, by the time of relaying
-- ARGV: for every event its nine fields: id acc sub seq at act typ tp body
-- Returns how many were not there yet.
-- Guarantee: an id among the source's last 1024 of this partition is not appended again.
local remembered = 1024

if #ARGV % 9 ~= 0 then
  return refuse('BAD_EVENT', 'nine arguments an event')
end

local now = now_ms()
local appended = 0
for first = 1, #ARGV, 9 do
  local id = ARGV[first]
  if redis.call('ZADD', KEYS[2], 'NX', string.format('%.0f', now), id) == 1 then
    redis.call('XADD', KEYS[1], '*',
      'id', id, 'acc', ARGV[first + 1], 'sub', ARGV[first + 2], 'seq', ARGV[first + 3],
      'at', ARGV[first + 4], 'act', ARGV[first + 5], 'typ', ARGV[first + 6],
      'tp', ARGV[first + 7], 'body', ARGV[first + 8])
    appended = appended + 1
  end
end
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -remembered - 1)
return appended
