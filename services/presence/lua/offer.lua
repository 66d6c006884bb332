#!lua
-- Offers a call to named people.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 call; 4 kind: 1 exclusive, 2 shared; 5 lease, ms;
--       6 '1': people who do not exist are refused, '0': they are an outcome; 7 the most offers,
--       '0' for all; 8 order: 1 as listed, 2 longest idle, 3 least recently offered;
--       9 traceparent; 10… people, each once
-- Returns for each person { outcome, held by, epoch, fence, expire, device… }; a token and devices
-- only if the offer stands.
-- Refuses: PARTITION_OPENING, PERSON_UNKNOWN.
-- Guarantee: who is on a call, reserved or resting is never offered another.
local memory_ms, account, call, kind, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local strict, limit, order, traceparent = ARGV[6] == '1', tonumber(ARGV[7]), ARGV[8], ARGV[9]
local exclusive = kind == '1'

local PLACED, BUSY, OFFLINE, AWAY, UNKNOWN, NOT_TRIED = '1', '2', '3', '4', '5', '6'

local seen = recall(KEYS[1])
if seen then
  return seen
end
local floor = open_floor()
if not floor then
  return refuse('PARTITION_OPENING', 'history has changed')
end

-- Whether the offer may stand; if not, why, and which call is in the way.
local function outcome_for(person)
  local is = person.is
  local own = is.lock_call == call and is.lock_phase == PHASE.offered
  if is.lock_phase and not (own and exclusive) then
    return BUSY, is.lock_call
  end
  if is.wrap_until then
    return BUSY, ''
  end
  if not next(person.devices) then
    return OFFLINE, ''
  end
  if is.mode ~= MODE.available and is.mode ~= MODE.busy then
    return AWAY, ''
  end
  if exclusive then
    for _, other in ipairs(sorted_names(person.offers)) do
      if other ~= call then
        return BUSY, other
      end
    end
    if is.mode == MODE.busy or is.not_responding then
      return BUSY, ''
    end
  end
  return PLACED, ''
end

local function place(person)
  local epoch, fence = next_token(floor)
  local expire = now + lease
  person.offers[call] = nil
  if exclusive then
    set_lock(person, call, nil, PHASE.offered, epoch, fence, expire)
  else
    person.offers[call] = epoch .. ' ' .. fence .. ' ' .. whole(expire)
  end
  person.is.last_offered = whole(now)
  note(person, CAUSE.offered, call)
  return { PLACED, '', epoch, fence, whole(expire), unpack(sorted_names(person.devices)) }
end

local people, candidates, answer = {}, {}, {}
for argument = 10, #ARGV do
  local id, listed = ARGV[argument], argument - 9
  local person = settled_person(id, account)
  if not person or person.is.gone then
    if strict then
      return refuse('PERSON_UNKNOWN', id)
    end
    answer[listed] = { UNKNOWN, '' }
  else
    people[#people + 1] = person
    local by = order == '2' and 'last_call_end' or order == '3' and 'last_offered' or ''
    candidates[#candidates + 1] = {
      person = person, listed = listed, rank = tonumber(person.is[by] or 0),
    }
  end
end
table.sort(candidates, function(one, other)
  if one.rank ~= other.rank then
    return one.rank < other.rank
  end
  return one.listed < other.listed
end)

local placed = 0
for _, candidate in ipairs(candidates) do
  local outcome, held_by = NOT_TRIED, ''
  if limit == 0 or placed < limit then
    outcome, held_by = outcome_for(candidate.person)
  end
  if outcome == PLACED then
    placed = placed + 1
    answer[candidate.listed] = place(candidate.person)
  else
    answer[candidate.listed] = { outcome, held_by }
  end
end
close_floor(floor)
commit(people, nil, traceparent)
return remember(KEYS[1], memory_ms, answer)
