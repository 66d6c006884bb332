#!lua
-- Makes a person what the plan says: their queues, their devices, and whether they are suspended.
-- KEYS: 1 the account
-- ARGV: 1 account; 2 the plan's version; 3 person; 4 queues: '<que> <tier> <dynamic> <strategy>
--       <order>;' each; 5 devices, separated by spaces; 6 the account's day, when calls answered
--       today begin to count anew; 7 '1': suspended, '0': not; 8 traceparent
-- Returns 1 if that was new, else 0.
-- Refuses: PLAN_STALE.
-- Guarantee: an older plan never overwrites a newer one; calls, modes and log-ins stay. Whoever is
--            suspended has no device and no offer after it, and gets none: a call goes on.
local account, version, id, queues = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local devices, day, traceparent = ARGV[5], ARGV[6], ARGV[8]
local suspended = ARGV[7] == '1' and '1' or nil

local wanted = tonumber(redis.call('HGET', KEYS[1], 'wanted') or 0)
if wanted > version then
  return refuse('PLAN_STALE', whole(wanted))
end
local person = settled_person(id)
local is_new = not person
if is_new then
  person = empty_person(id)
  local is = person.is
  -- Versions start at the time, so that somebody who was away goes on above what was seen before.
  is.version, is.state, is.state_time = whole(now), STATE.offline, whole(now)
  is.mode, is.mode_source = MODE.available, SOURCE.system
  redis.call('ZADD', presence_key('people', account), 0, id)
end
local is = person.is
local changed = is_new or is.gone or is.queues ~= queues or is.known_devices ~= devices
  or is.suspended ~= suspended
is.account, is.queues, is.known_devices, is.gone = account, queues, devices, nil
is.suspended = suspended
if is.day ~= day then
  is.day, is.calls_today = day, nil
end
for _, queue in ipairs(sorted_names(person.logins)) do
  if not string.match(queues, queue .. ' %d 1 ') then
    person.logins[queue] = nil
  end
end
for _, queue in ipairs(sorted_names(person.turns)) do
  if not string.find(queues, queue, 1, true) then
    person.turns[queue] = nil
  end
end
if suspended then
  local offered = sorted_names(person.offers)
  if is.lock_phase == PHASE.offered then
    table.insert(offered, 1, is.lock_call)
  end
  for _, call in ipairs(offered) do
    drop_offer(person, call)
    note(person, CAUSE.withdrawn, call)
  end
end
for _, device in ipairs(sorted_names(person.devices)) do
  if suspended or not string.find(devices, device, 1, true) then
    person.devices[device] = nil
    note(person, CAUSE.disconnected)
  end
end
if changed then
  note(person, CAUSE.membership)
end
commit({ person }, nil, traceparent)
return changed and 1 or 0
