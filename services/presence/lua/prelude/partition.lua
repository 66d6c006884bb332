-- partition: the instant, the keys, and the memory of answers.

local tag = partition_tag()

-- One reading a script: everything in it happens at the same instant. A test may move the time
-- of its own partitions; a production tag is '{pNNN}' and nothing else, so no key can move that.
local now = now_ms()
if not string.match(tag, '^{p%d%d%d}$') then
  now = tonumber(redis.call('GET', tag .. ':clock') or now)
end

-- Numbers as Redis keeps them: whole, never in exponent form.
local function whole(number)
  return string.format('%.0f', number)
end

local function presence_key(kind, id)
  return tag .. ':presence:' .. kind .. ':' .. id
end

-- The answer of an earlier run of the same operation, or nil.
local function recall(operation)
  local answer = redis.call('GET', operation)
  return answer and cmsgpack.unpack(answer)
end

-- Keeps an answer for repeats of the operation. Returns it.
local function remember(operation, memory_ms, answer)
  redis.call('SET', operation, cmsgpack.pack(answer), 'PX', memory_ms)
  return answer
end
