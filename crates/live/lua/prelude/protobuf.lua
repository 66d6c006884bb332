-- protobuf: writes messages field by field; a message is the concatenation of its fields.
--
--   local body = pb.string(1, call_id) .. pb.timestamp(2, now) .. pb.message(3, pb.int(1, 7))
--
-- As proto3 does, scalar fields that are nil, empty, zero or false are left out; pb.present
-- writes them all the same, for `optional` fields. Integers must be whole, 0 to 2^53.
local pb = {}

local function pb_varint(number)
  if number < 0 or number > 9007199254740992 or number ~= math.floor(number) then
    error('protobuf: not a whole number from 0 to 2^53: ' .. tostring(number))
  end
  if number < 128 then
    return string.char(number)
  end
  local bytes = {}
  while number >= 128 do
    local low = number % 128
    bytes[#bytes + 1] = string.char(low + 128)
    number = (number - low) / 128
  end
  bytes[#bytes + 1] = string.char(number)
  return table.concat(bytes)
end

local function pb_bytes(field, text)
  return pb_varint(field * 8 + 2) .. pb_varint(#text) .. text
end

-- string and bytes; also every element of a repeated one, which may be empty.
function pb.item(field, text)
  return pb_bytes(field, text)
end

function pb.string(field, text)
  if text == nil or text == false or text == '' then
    return ''
  end
  return pb_bytes(field, text)
end

-- int32, int64, uint32, uint64 and enums. Takes text too, as ARGV and hashes give it.
function pb.int(field, number)
  number = tonumber(number or 0)
  if number == 0 then
    return ''
  end
  return pb_varint(field * 8) .. pb_varint(number)
end

-- An `optional` integer that is set, be it zero.
function pb.present(field, number)
  return pb_varint(field * 8) .. pb_varint(tonumber(number))
end

function pb.bool(field, value)
  if not value then
    return ''
  end
  return pb_varint(field * 8) .. '\1'
end

-- A nested message: set when not nil, be it empty.
function pb.message(field, body)
  if body == nil then
    return ''
  end
  return pb_bytes(field, body)
end

-- google.protobuf.Timestamp and Duration have the same shape; nothing for nil.
function pb.timestamp(field, ms)
  ms = tonumber(ms)
  if ms == nil then
    return ''
  end
  local seconds = math.floor(ms / 1000)
  return pb_bytes(field, pb.int(1, seconds) .. pb.int(2, (ms - seconds * 1000) * 1000000))
end
pb.duration = pb.timestamp
