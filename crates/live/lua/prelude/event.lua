-- event: appends to the partition's event stream, in the same script as the change it reports.
local events = {}

local events_alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

-- 'evt_' and a UUIDv7 in base32: ten digits of time, the version, and a hash of what the event is
-- for its random bits, because Redis gives every run of a script the same random numbers. A hex
-- digit is a base32 digit as well: 56 bits of the hash as it stands tell the events of one
-- millisecond apart, in a third of the time that repacking all of it takes.
local function events_id(at, seed)
  local hash = redis.sha1hex(seed)
  local time = {}
  for place = 10, 1, -1 do
    local digit = at % 32
    time[place] = string.sub(events_alphabet, digit + 1, digit + 1)
    at = (at - digit) / 32
  end
  local variant = string.byte(hash, 40) % 4 + 1
  return 'evt_' .. table.concat(time) .. 'e' .. string.sub(hash, 1, 2)
    .. string.sub('89ab', variant, variant) .. string.sub(hash, 3, 14)
end

-- events.emit{
--   type = 'strowger.routing.v1.CallEvent', body = pb…, account = 'acc_…', subject = 'call_…',
--   at = now_ms(),             when it happened; the time of this script when nil
--   seq = version,             the subject's sequence; counted in {pNNN}:events:seq when nil
--   actor = 'usr_…' or nil, traceparent = '00-…' or nil }
-- Returns the event id and the sequence.
function events.emit(event)
  local tag = partition_tag()
  local at = event.at or now_ms()
  local seq = event.seq or redis.call('HINCRBY', tag .. ':events:seq', event.subject, 1)
  local id = events_id(at, table.concat({ tag, event.subject, seq, event.type, at }, '\0'))
  redis.call('XADD', tag .. ':events', '*',
    'id', id, 'acc', event.account, 'sub', event.subject, 'seq', seq,
    'at', string.format('%.0f', at), 'act', event.actor or '', 'typ', event.type,
    'tp', event.traceparent or '', 'body', event.body)
  return id, seq
end

-- Drops the counter of a subject that is gone for ever, after its last event.
function events.forget(subject)
  redis.call('HDEL', partition_tag() .. ':events:seq', subject)
end
