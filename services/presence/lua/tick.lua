#!lua flags=allow-oom
-- Ends what is due of a person, and arms their timer for what is next.
-- KEYS: 1 the person
-- ARGV: 1 person
-- Returns 1 if there was such a person, else 0.
-- Guarantee: idempotent; looks at the deadlines themselves, not at why it was called.
local person = settled_person(ARGV[1])
if not person then
  timers.cancel(timers_key, ARGV[1])
  return 0
end
commit({ person }, nil, nil, true)
return 1
