#!lua
-- Somebody chooses a person's mode, for now or for after the current call.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 person; 4 mode, '0' takes a wish for later back;
--       5 source; 6 actor; 7 until, ms, or ''; 8 note or ''; 9 '1': after the call and its rest;
--       10 traceparent
-- Returns the person's fields and values.
-- Refuses: PERSON_UNKNOWN.
-- Guarantee: choosing for now takes back what was chosen for later.
local memory_ms, account, id, mode, source = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local actor, until_ms, text, later, traceparent = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]

local person = settled_person(id, account)
if not person or person.is.gone then
  return refuse('PERSON_UNKNOWN', id)
end
if not recall(KEYS[1]) then
  local is = person.is
  local occupied = is.lock_phase == PHASE.on_call or is.wrap_until
  if later ~= '1' or (mode ~= '0' and not occupied) then
    set_mode(person, mode, source, actor, until_ms ~= '' and until_ms or nil, text ~= '' and text or nil)
    note(person, CAUSE.mode_set)
  else
    local wish = mode ~= '0' and mode or nil
    if wish ~= is.next_mode then
      is.next_mode = wish
      note(person, CAUSE.mode_set)
    end
  end
  commit({ person }, actor, traceparent)
  remember(KEYS[1], memory_ms, 1)
end
return redis.call('HGETALL', person.key)
