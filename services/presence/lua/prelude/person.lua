-- person: one hash, read once and written once. What is in it, all as text:
--
--   account version                                         whose; rises with every event
--   state state_time                                        as colleagues see it, and since when
--   mode mode_source mode_actor mode_until mode_note next_mode
--   lock_call lock_leg lock_phase lock_epoch lock_fence lock_time lock_expire
--   wrap_until wrap_call wrap_queue
--   misses not_responding last_call_end last_offered calls_today day
--   queues known_devices suspended gone                     from the plan
--   ready attends due                                       what indexes and timers hold of them
--   device:<dev> = lease end          offer:<call> = '<epoch> <fence> <expire>'
--   login:<que> = '1'                 turn:<que> = their last turn (ROUND_ROBIN)

local STATE = {
  offline = '1', available = '2', busy = '3', away = '4', do_not_disturb = '5',
  ringing = '6', on_a_call = '7', wrap_up = '8', off_work = '9',
}
local MODE = { available = '1', busy = '2' }
local STATE_OF_MODE = {
  ['1'] = STATE.available, ['2'] = STATE.busy, ['3'] = STATE.away, ['4'] = STATE.do_not_disturb,
  ['5'] = STATE.away, ['6'] = STATE.away, ['7'] = STATE.off_work,
}
local SOURCE = { person = '1', system = '4' }
local PHASE = { offered = '1', on_call = '2' }
local CAUSE = {
  connected = 1, disconnected = 2, mode_set = 3, mode_ended = 4, offered = 5, answered = 6,
  declined = 7, missed = 8, withdrawn = 9, released = 10, wrap_up_ended = 11, lock_expired = 12,
  not_responding = 13, returned = 14, membership = 15,
}
local LOCK_FIELDS = {
  'lock_call', 'lock_leg', 'lock_phase', 'lock_epoch', 'lock_fence', 'lock_time', 'lock_expire',
}
local COLLECTIONS = { device = 'devices', offer = 'offers', login = 'logins', turn = 'turns' }

local function empty_person(id)
  return {
    id = id, key = presence_key('person', id), was = {}, is = {},
    devices = {}, offers = {}, logins = {}, turns = {}, facts = {},
  }
end

-- The person, or nil if there is none in this account. Without an account: in any.
local function load_person(id, account)
  local person = empty_person(id)
  local was, is = person.was, person.is
  local raw = redis.call('HGETALL', person.key)
  for place = 1, #raw, 2 do
    local field, value = raw[place], raw[place + 1]
    was[field] = value
    local colon = string.find(field, ':', 1, true)
    if colon then
      local collection = COLLECTIONS[string.sub(field, 1, colon - 1)]
      person[collection][string.sub(field, colon + 1)] = value
    else
      is[field] = value
    end
  end
  if not is.account or (account and is.account ~= account) then
    return nil
  end
  return person
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function state_of(person)
  local is = person.is
  if is.lock_phase == PHASE.on_call then
    return STATE.on_a_call
  end
  if is.lock_phase or next(person.offers) then
    return STATE.ringing
  end
  if is.wrap_until then
    return STATE.wrap_up
  end
  if not next(person.devices) then
    return STATE.offline
  end
  if is.not_responding and is.mode == MODE.available then
    return STATE.busy
  end
  return STATE_OF_MODE[is.mode]
end

-- Something about the person has changed: one event, one version, for each call of this.
local function note(person, cause, call, queue)
  local is = person.is
  local before, since = is.state, is.state_time
  local after = state_of(person)
  is.version = whole(is.version + 1)
  if after ~= before then
    is.state, is.state_time = after, whole(now)
  end
  person.facts[#person.facts + 1] = {
    version = is.version,
    body = pb.string(1, person.id) .. pb.int(2, after) .. pb.int(3, before)
      .. pb.timestamp(4, since) .. pb.string(5, call) .. pb.string(6, queue)
      .. pb.int(7, cause) .. pb.int(8, is.version) .. pb.int(9, is.mode),
  }
end
