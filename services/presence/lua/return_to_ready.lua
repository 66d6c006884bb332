#!lua flags=allow-oom
-- A person who did not respond is back.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 person; 4 traceparent
-- Returns the person's fields and values.
-- Refuses: PERSON_UNKNOWN.
local memory_ms, account, id, traceparent = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local person = settled_person(id, account)
if not person or person.is.gone then
  return refuse('PERSON_UNKNOWN', id)
end
if not recall(KEYS[1]) then
  local is = person.is
  is.misses = nil
  if is.not_responding then
    is.not_responding = nil
    note(person, CAUSE.returned)
  end
  commit({ person }, id, traceparent)
  remember(KEYS[1], memory_ms, 1)
end
return redis.call('HGETALL', person.key)
