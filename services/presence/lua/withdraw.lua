#!lua flags=allow-oom
-- A call takes its offers back.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 call; 4 traceparent; 5… people
-- Returns how many offers ended.
-- Guarantee: a call that was answered is not touched; an offer that is gone is no error.
local memory_ms, account, call, traceparent = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local seen = recall(KEYS[1])
if seen then
  return seen
end
local people, ended = {}, 0
for place = 5, #ARGV do
  local person = settled_person(ARGV[place], account)
  if person then
    people[#people + 1] = person
    if drop_offer(person, call) then
      note(person, CAUSE.withdrawn, call)
      ended = ended + 1
    end
  end
end
commit(people, nil, traceparent)
return remember(KEYS[1], memory_ms, ended)
