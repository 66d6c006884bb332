-- event: appends to the partition's event stream, in the same script as the change it reports.
local events = {}

local events_alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

-- 'evt_' and a UUIDv7 in base32. Its random bits are a hash of what the event is: Redis gives
-- every run of a script the same random numbers.
local function events_id(at, seed)
  local hash = redis.sha1hex(seed)
  local bytes = {}
  local rest = at
  for place = 6, 1, -1 do
    bytes[place] = rest % 256
    rest = math.floor(rest / 256)
  end
  for place = 7, 16 do
    bytes[place] = tonumber(string.sub(hash, place * 2 - 1, place * 2), 16)
  end
  bytes[7] = 112 + bytes[7] % 16
  bytes[9] = 128 + bytes[9] % 64
  -- 26 digits of 5 bits carry 130: the first digit starts with two empty ones.
  local digits, bits, value = {}, 2, 0
  for place = 1, 16 do
    value = value * 256 + bytes[place]
    bits = bits + 8
    while bits >= 5 do
      bits = bits - 5
      local unit = 2 ^ bits
      local digit = math.floor(value / unit)
      value = value - digit * unit
      digits[#digits + 1] = string.sub(events_alphabet, digit + 1, digit + 1)
    end
  end
  return 'evt_' .. table.concat(digits)
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
