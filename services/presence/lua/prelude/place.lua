-- place: where a person's devices are in use, for the sharing guard.
--
--   presence:places:<usr>       device = '<ms> <network>'; gone a minute after the last use
--   presence:places_told:<usr>  two places were told; gone after five minutes

local PLACE_MEMORY_MS, PLACE_SILENCE_MS = 60000, 300000

-- Whether two truncated networks are surely two places: one of each address family is one place
-- with both.
local function is_elsewhere(one, other)
  local one_is_v6, other_is_v6 = string.find(one, ':', 1, true), string.find(other, ':', 1, true)
  return one ~= other and (one_is_v6 == nil) == (other_is_v6 == nil)
end

-- The other networks in which devices of the person were in use within a minute.
local function places_elsewhere(key, device, network)
  local elsewhere = {}
  local raw = redis.call('HGETALL', key)
  for place = 1, #raw, 2 do
    local at, known = string.match(raw[place + 1], '^(%d+) (.+)$')
    local is_fresh = now - tonumber(at) <= PLACE_MEMORY_MS
    if raw[place] ~= device and is_fresh and is_elsewhere(known, network) then
      elsewhere[known] = true
    end
  end
  return sorted_names(elsewhere)
end

-- A device of the person is in use in this network; nothing for ''.
local function note_place(person, device, network, traceparent)
  if network == '' then
    return
  end
  local key = presence_key('places', person.id)
  local elsewhere = places_elsewhere(key, device, network)
  redis.call('HSET', key, device, whole(now) .. ' ' .. network)
  redis.call('PEXPIRE', key, PLACE_MEMORY_MS)
  if #elsewhere == 0 then
    return
  end
  local told = presence_key('places_told', person.id)
  if not redis.call('SET', told, '1', 'NX', 'PX', PLACE_SILENCE_MS) then
    return
  end
  local networks = pb.item(2, network)
  for _, other in ipairs(elsewhere) do
    networks = networks .. pb.item(2, other)
  end
  events.emit({
    type = 'strowger.presence.v1.TwoPlacesEvent', account = person.is.account,
    subject = person.id, at = now, traceparent = traceparent,
    body = pb.string(1, person.id) .. networks,
  })
end
