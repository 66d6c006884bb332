#!lua
-- A person is no longer in the plan: they leave every queue, their devices and offers end. A call
-- that they have goes on; its end is their last trace.
-- KEYS: 1 the account
-- ARGV: 1 account; 2 the plan's version; 3 person; 4 traceparent
-- Returns 1 if the person was there, else 0.
-- Refuses: PLAN_STALE.
local account, version, id, traceparent = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local wanted = tonumber(redis.call('HGET', KEYS[1], 'wanted') or 0)
if wanted > version then
  return refuse('PLAN_STALE', whole(wanted))
end
local person = settled_person(id, account)
if not person then
  redis.call('ZREM', presence_key('people', account), id)
  return 0
end
if person.is.gone then
  return 0
end
local is = person.is
is.gone = '1'
is.queues, is.known_devices = nil, nil
is.wrap_until, is.wrap_call, is.wrap_queue = nil, nil, nil
person.devices, person.offers, person.logins, person.turns = {}, {}, {}, {}
if is.lock_phase == PHASE.offered then
  clear_lock(person)
end
note(person, CAUSE.membership)
commit({ person }, nil, traceparent)
return 1
