-- commit: the writes of a script, after everything was decided: hash, indexes, timer, events.

local timers_key = tag .. ':presence:timers'

-- When the first of the person's deadlines is; nil when there is none.
local function first_deadline(person)
  local is = person.is
  local first = math.huge
  for _, field in ipairs({ 'lock_expire', 'wrap_until', 'mode_until' }) do
    first = math.min(first, tonumber(is[field] or first))
  end
  for _, lease in pairs(person.devices) do
    first = math.min(first, tonumber(lease))
  end
  for _, offer in pairs(person.offers) do
    local _, _, expire = offer_parts(offer)
    first = math.min(first, tonumber(expire))
  end
  return first < math.huge and first or nil
end

-- A timer may be early, never late: a deadline that moved away costs one idle look, not a write
-- for each renewal. `exactly` is for that look.
local function move_timer(person, exactly)
  local is = person.is
  local armed, first = tonumber(is.due), first_deadline(person)
  if first and (not armed or first < armed or (exactly and first ~= armed)) then
    timers.arm(timers_key, person.id, first)
    is.due = whole(first)
  elseif exactly and armed and not first then
    timers.cancel(timers_key, person.id)
    is.due = nil
  end
end

local function write_hash(person)
  local was, is = person.was, person.is
  local set, dropped = {}, {}
  local function compare(field, value)
    if value ~= was[field] then
      set[#set + 1], set[#set + 2] = field, value
    end
  end
  for field, value in pairs(is) do
    compare(field, value)
  end
  for prefix, collection in pairs(COLLECTIONS) do
    for name, value in pairs(person[collection]) do
      compare(prefix .. ':' .. name, value)
    end
  end
  for field in pairs(was) do
    local colon = string.find(field, ':', 1, true)
    local kept = is[field]
    if colon then
      kept = person[COLLECTIONS[string.sub(field, 1, colon - 1)]][string.sub(field, colon + 1)]
    end
    if not kept then
      dropped[#dropped + 1] = field
    end
  end
  if #set > 0 then
    redis.call('HSET', person.key, unpack(set))
  end
  if #dropped > 0 then
    redis.call('HDEL', person.key, unpack(dropped))
  end
end

-- Somebody who has left the plan and has no call any more.
local function write_removal(person)
  redis.call('DEL', person.key)
  timers.cancel(timers_key, person.id)
  redis.call('ZREM', presence_key('people', person.is.account), person.id)
  events.forget(person.id)
end

local function write_facts(person, actor, traceparent)
  for _, fact in ipairs(person.facts) do
    events.emit({
      type = 'strowger.presence.v1.PersonEvent', body = fact.body,
      account = person.is.account, subject = person.id, seq = fact.version, at = now,
      actor = actor, traceparent = traceparent,
    })
  end
end

-- Writes what has become of people. `exactly` re-arms their timers to the millisecond.
local function commit(people, actor, traceparent, exactly)
  local woken = {}
  for _, person in ipairs(people) do
    local is = person.is
    local ready, attends = index_entries(person)
    if ready ~= (is.ready or '') then
      move_ready(person.id, is.ready or '', ready, woken)
      is.ready = ready ~= '' and ready or nil
    end
    if attends ~= (is.attends or '') then
      move_attending(person.id, is.attends or '', attends)
      is.attends = attends ~= '' and attends or nil
    end
    if is.gone and not is.lock_phase and not is.wrap_until then
      write_removal(person)
    else
      move_timer(person, exactly)
      write_hash(person)
    end
    write_facts(person, actor, traceparent)
  end
  local queues = sorted_names(woken)
  if #queues > 0 then
    redis.call('PUBLISH', tag .. ':presence:ready', table.concat(queues, ' '))
  end
end
