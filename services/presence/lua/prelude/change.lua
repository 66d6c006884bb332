-- change: the steps that scripts are made of. Each keeps the person consistent; none writes.

local function set_lock(person, call, leg, phase, epoch, fence, expire)
  local is = person.is
  is.lock_call, is.lock_leg, is.lock_phase = call, leg, phase
  is.lock_epoch, is.lock_fence = epoch, fence
  is.lock_time, is.lock_expire = whole(now), whole(expire)
end

local function clear_lock(person)
  for _, field in ipairs(LOCK_FIELDS) do
    person.is[field] = nil
  end
end

local function set_mode(person, mode, source, actor, until_ms, text)
  local is = person.is
  is.mode, is.mode_source, is.mode_actor = mode, source, actor
  is.mode_until, is.mode_note, is.next_mode = until_ms, text, nil
end

-- The call and its rest are over: the mode that was wished for begins.
local function begin_next_mode(person)
  if person.is.next_mode then
    set_mode(person, person.is.next_mode, SOURCE.person, person.id, nil, nil)
  end
end

local function end_wrap_up(person)
  local is = person.is
  local call, queue = is.wrap_call, is.wrap_queue
  is.wrap_until, is.wrap_call, is.wrap_queue = nil, nil, nil
  begin_next_mode(person)
  note(person, CAUSE.wrap_up_ended, call, queue)
end

local function offer_parts(offer)
  return string.match(offer, '^(%d+) (%d+) (%d+)$')
end

-- The token under which a call is offered to the person: epoch and fence, or nil.
local function offer_token(person, call)
  local is = person.is
  if is.lock_call == call and is.lock_phase == PHASE.offered then
    return is.lock_epoch, is.lock_fence
  end
  if person.offers[call] then
    return offer_parts(person.offers[call])
  end
end

-- Takes a call's offer away, however it holds the person. Returns whether there was one.
local function drop_offer(person, call)
  if not offer_token(person, call) then
    return false
  end
  if person.is.lock_call == call then
    clear_lock(person)
  end
  person.offers[call] = nil
  return true
end

-- Brings the person up to now: everything that has an end and has reached it ends, each with
-- its event. Every script does this first, so a late timer shows nowhere.
local function settle(person)
  local is = person.is
  if is.lock_expire and tonumber(is.lock_expire) <= now then
    local call = is.lock_call
    local was_on_call = is.lock_phase == PHASE.on_call
    clear_lock(person)
    if was_on_call then
      is.last_call_end = whole(now)
      begin_next_mode(person)
    end
    note(person, CAUSE.lock_expired, call)
  end
  for _, call in ipairs(sorted_names(person.offers)) do
    local _, _, expire = offer_parts(person.offers[call])
    if tonumber(expire) <= now then
      person.offers[call] = nil
      note(person, CAUSE.lock_expired, call)
    end
  end
  if is.wrap_until and tonumber(is.wrap_until) <= now then
    end_wrap_up(person)
  end
  if is.mode_until and tonumber(is.mode_until) <= now then
    set_mode(person, MODE.available, SOURCE.system, nil, nil, nil)
    note(person, CAUSE.mode_ended)
  end
  for _, device in ipairs(sorted_names(person.devices)) do
    if tonumber(person.devices[device]) <= now then
      person.devices[device] = nil
      note(person, CAUSE.disconnected)
    end
  end
end

-- A person of the account, up to now; nil if there is none.
local function settled_person(id, account)
  local person = load_person(id, account)
  if person then
    settle(person)
  end
  return person
end
