#!lua
-- Commits one transition of a call: its state, its timer, its place in line, its events and its
-- commands, all or nothing.
-- KEYS: 1 the call; 2 the partition's timers; 3 the arrival, for a new call
-- ARGV: 1 operation id; 2 the version decided on, 0 for a new call; 3 the call's new bytes;
--       4 call id; 5 account id; 6 edge id; 7 arrived, ms; 8 deadline, ms, or '';
--       9 '1' when the call is over; 10 how long an ended call is kept, ms; 11 the edge's lease, ms;
--       12 decided at, ms; 13 actor or ''; 14 traceparent or '';
--       15 line to leave or ''; 16 line to be in or ''; 17 limit there, 0 for none;
--       18 number of events; then a body for each; then a body for each command to the edge
-- Returns { status, now in ms, version, bytes, head }:
--   'done'      committed as `version`; head is 1 if the call is now the first in its line
--   'repeated'  this operation was committed before; `version` and `bytes` as they are now
--   'conflict'  the call is at another `version`, with these `bytes`; 0 and '' when there is none
--   'arrived'   this arrival is already a call; `bytes` is its id
--   'full'      the line has reached its limit
-- Guarantee: anything but 'done' has changed nothing; lines are in the order in which their
-- callers first joined one, by the clock of Redis.
local call, timer_key, arrival = KEYS[1], KEYS[2], KEYS[3]
local operation, expected, id, edge = ARGV[1], tonumber(ARGV[2]), ARGV[4], ARGV[6]
local over, keep_ms = ARGV[9] == '1', ARGV[10]
local remembered_operations = 8
local commands_kept, commands_ttl_ms = 50000, 3600000

local tag = partition_tag()
local now = now_ms()

local function line_key(queue)
  return tag .. ':routing:line:' .. queue
end

-- Validate.
local stored = redis.call('HMGET', call, 'version', 'operations', 'seq')
local version, operations = tonumber(stored[1] or 0), stored[2] or ''
if version > 0 and string.find(operations, operation .. ' ', 1, true) then
  return { 'repeated', now, version, redis.call('HGET', call, 'bytes'), 0 }
end
if expected == 0 then
  local earlier = redis.call('GET', arrival)
  if earlier then
    return { 'arrived', now, 0, earlier, 0 }
  end
end
if version ~= expected then
  return { 'conflict', now, version, redis.call('HGET', call, 'bytes') or '', 0 }
end
local leave, join, limit = ARGV[15], ARGV[16], tonumber(ARGV[17])
if join ~= '' and limit > 0 and redis.call('ZCARD', line_key(join)) >= limit
  and not redis.call('ZSCORE', line_key(join), id) then
  return { 'full', now, version, '', 0 }
end

-- Write.
local number_of_events = tonumber(ARGV[18])
local seq = tonumber(stored[3] or 0)
operations = operations .. operation .. ' '
local _, count = string.gsub(operations, ' ', ' ')
if count > remembered_operations then
  operations = string.sub(operations, string.find(operations, ' ', 1, true) + 1)
end
redis.call('HSET', call, 'version', expected + 1, 'bytes', ARGV[3], 'operations', operations,
  'seq', seq + number_of_events)

local live_calls = tag .. ':routing:calls:' .. ARGV[5]
local edge_calls = tag .. ':routing:edge_calls:' .. edge
if expected == 0 then
  redis.call('SET', arrival, id)
  redis.call('HSET', call, 'arrival', arrival)
  redis.call('ZADD', live_calls, ARGV[7], id)
  redis.call('ZADD', edge_calls, string.format('%.0f', now), id)
  -- The edge's own timer: when it falls silent, its calls end.
  redis.call('ZADD', timer_key, 'NX', string.format('%.0f', now + ARGV[11]), edge)
end
if over then
  redis.call('ZREM', live_calls, id)
  redis.call('ZREM', edge_calls, id)
  redis.call('PEXPIRE', call, keep_ms)
  redis.call('PEXPIRE', redis.call('HGET', call, 'arrival'), keep_ms)
end

if ARGV[8] == '' then
  timers.cancel(timer_key, id)
else
  timers.arm(timer_key, id, ARGV[8])
end

if leave ~= '' then
  redis.call('ZREM', line_key(leave), id)
end
local head = 0
if join ~= '' then
  redis.call('HSETNX', call, 'waits_since', string.format('%.0f', now))
  redis.call('ZADD', line_key(join), redis.call('HGET', call, 'waits_since'), id)
  if redis.call('ZRANGE', line_key(join), 0, 0)[1] == id then
    head = 1
  end
end

local first_event = 19
for place = 0, number_of_events - 1 do
  events.emit({
    type = 'strowger.routing.v1.CallEvent', body = ARGV[first_event + place],
    account = ARGV[5], subject = id, seq = seq + place + 1, at = tonumber(ARGV[12]),
    actor = ARGV[13], traceparent = ARGV[14],
  })
end

local commands = tag .. ':routing:edge:' .. edge
for place = first_event + number_of_events, #ARGV do
  redis.call('XADD', commands, 'MAXLEN', '~', commands_kept, '*', 'body', ARGV[place])
end
if #ARGV >= first_event + number_of_events then
  -- Commands that nobody fetched for so long are of no use to anybody.
  redis.call('PEXPIRE', commands, commands_ttl_ms)
end
return { 'done', now, expected + 1, '', head }
